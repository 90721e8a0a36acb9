/* F3  Datasets of complex numbers in sealed files, read piece by piece. */
#ifndef KW_SEALED_AMPLITUDES_H
#define KW_SEALED_AMPLITUDES_H

#include "io/sealed_slab.h"

enum { KW_PIECE = 1 << 16 /* amplitudes: of one checksum, unless a rank holds fewer; and of what is converted at a time */ };

/** The source is to be closed also on failure.                                  @return KW_OK, KW_E_IO        @collective */
kw_status kw_sealed_amplitudes_open(kw_sealed *file, const char *path, kw_slab_source *out);

/** Reads amplitudes [first, first + count) as pairs of doubles or floats.  Memory beside `local`: two pieces.
 *  @return KW_OK, KW_E_IO (fewer are there, damaged), KW_E_NOMEM                                                @local */
kw_status kw_sealed_amplitudes_read(const kw_slab_source *source, void *local, uint64_t first, uint64_t count,
                                    kw_precision precision);

#endif

/* F3  The group /quantum/state of sealed files: amplitudes as complex numbers, or packed ones as they are, with what belongs
 * to them.
 *
 *   double, single   amplitudes (2^n): complex {r, i} of 16 or 8 bytes
 *   s16, s8          parts (runs, 2, 32) int16 or int8, scales (runs) bfloat16; attributes: the account below
 *
 *   amplitude 32 r + k = gain * scales[r] * (parts[r, 0, k] + i parts[r, 1, k]) */
#ifndef KW_STATE_STORE_H
#define KW_STATE_STORE_H

#include <stdio.h>

#include "engine/state_internal.h"
#include "io/sealed.h"

#define KW_STATE_GROUP  "/quantum/state"
#define KW_STATE_FORMAT "ketwall-state" /* of files that hold a state and nothing else (state_file.c) */

/* ---- what belongs to packed amplitudes (state_account.c) ---- */

/* What the numbers mean, what rounding has cost, and what it goes on with. */
typedef struct {
    char *precision, *rounding;
    double gain, noise, error, exact, drift;
    int64_t writes, seed;
} kw_state_account;

kw_status kw_state_account_write(kw_sealed *file, const kw_state *state);

/** Freed by the second function, after success.                                                             @collective
 *  @return KW_OK, KW_E_IO (not as this program writes it), KW_E_NOMEM */
kw_status kw_state_account_read(kw_sealed *file, const char *path, kw_state_account *out);
void kw_state_account_free(kw_state_account *account);

kw_precision kw_state_account_precision(const kw_state_account *account);

/** The state, of that precision, goes on with it.                                                                @local */
void kw_state_account_give(const kw_state_account *account, kw_state *state);

/** "s16, infidelity 1.2e-08 (at most 3.4e-08)"                                                                   @local */
void kw_state_account_print(const kw_state_account *account, FILE *out);

/* ---- the state ---- */

/** Writes it as it lies over the ranks.                                          @return KW_OK, KW_E_IO       @collective */
kw_status kw_state_store_write(kw_sealed *file, kw_state *state);

/** Whether a file holds packed amplitudes.                                                                  @collective */
bool kw_state_store_is_packed(kw_sealed *file);

/** Items of the datasets: amplitudes, or of packed ones runs.                    @return KW_OK, KW_E_IO       @collective */
kw_status kw_state_store_count(kw_sealed *file, const char *path, uint64_t *count);

/** Reads it, on any number of ranks and in any precision.  Of the same packed kind the state becomes what was written, with
 *  its account and the numbers that it rounds with; into another kind it is unpacked, and rounded with errors accounted for.
 *  On failure the amplitudes are undefined.  Memory beside the state: a few pieces of 2^16 amplitudes.      @collective
 *  @param[out] errors  of what was read, that of packing it included
 *  @return KW_OK, KW_E_IO (not 2^n amplitudes, damaged), KW_E_NOMEM */
kw_status kw_state_store_read(kw_sealed *file, const char *path, kw_state *state, kw_errors *errors);

/** Bytes of the datasets and their checksums.                                                                    @local */
uint64_t kw_state_store_bytes(int n_qubits, kw_precision precision, int ranks);

/* ---- state files ---- */

/** One line: qubits, precision, infidelity.  The digest is checked first.                                        @local */
kw_status kw_state_file_print(const char *path, FILE *out);

#endif

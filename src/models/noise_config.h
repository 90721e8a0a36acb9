/* F4  Noise models from INI files. */
#ifndef KW_NOISE_CONFIG_H
#define KW_NOISE_CONFIG_H

#include "io/config.h"
#include "ketwall/noise.h"

extern const kw_option kw_noise_options[];
extern const size_t kw_noise_option_count;

/** Reads the section [noise] of an INI file; keys that are missing are 0.
 *  @return KW_OK, KW_E_INPUT ("FILE:LINE: ..."), KW_E_NOMEM                                                      @local */
kw_status kw_noise_read(const char *path, kw_noise_model *out);

#endif

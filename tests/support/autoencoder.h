/* Shortcuts to autoencoders: a configuration from words, the autoencoder built for it.  What must succeed and does not ends
 * the program with the library's message. */
#ifndef TEST_AUTOENCODER_H
#define TEST_AUTOENCODER_H

#include "models/qae.h"
#include "models/qae_internal.h"

#define TEST_MEMORY ((uint64_t)1 << 32) /* per rank, for forecasts */

/** Defaults, overridden by "section.key=value" words between spaces.  The texts of the parsed one belong to `*source`. */
kw_config *test_config(const char *format, ...) __attribute__((format(printf, 1, 2)));
kw_qae_config test_parse(const kw_config *source);

/** Foretells and builds; the texts of the configuration belong to `source`. */
kw_qae *test_autoencoder(kw_comm *world, const kw_config *source);

/** kw_qae_run.  @param[in] resume  as in kw_qae_request  @param[out] result  if not NULL: as there; else freed */
kw_status test_autoencoder_run(kw_comm *world, const kw_config *source, const char *resume, json_t **result);

/** Uniform on [0, 2 pi): as many angles as the encoder has; the caller frees them. */
double *test_angles(const kw_qae *qae, uint64_t seed);

#endif

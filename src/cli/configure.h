/* F6  From the words of a verb to a read configuration. */
#ifndef KW_CONFIGURE_H
#define KW_CONFIGURE_H

#include "cli/options.h"
#include "io/config.h"

/** Table of the autoencoder, overridden by every -p, then read from `path` (NULL: defaults and -p alone).
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM                                                                         @local */
kw_status kw_configure_qae(const kw_words *words, const char *path, kw_config **out);

/** A size such as "96GiB" given to option `name`; "auto" leaves *bytes alone.      @return KW_OK, KW_E_ARG      @local */
kw_status kw_read_bytes(const char *name, const char *text, uint64_t *bytes);

#endif

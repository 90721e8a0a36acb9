/* F6  From the words of a verb to a read configuration. */
#ifndef KW_CONFIGURE_H
#define KW_CONFIGURE_H

#include "cli/options.h"
#include <stdbool.h>

#include "io/config.h"

/* A learning system: its verb, the section that only its files have, and its option table. */
typedef struct {
    const char *verb, *section;
    const kw_option *options;
    const size_t *count;
} kw_system;

extern const kw_system kw_systems[];
extern const size_t kw_system_count;

/** The system of a verb; NULL: none.                                                                             @local */
const kw_system *kw_system_of(const char *verb);

/** The options of a system or of a study, by its name.                   @return false: there is neither           @local */
bool kw_system_named(const char *name, kw_system *out);

/** The system whose section stands in a file, or is named by a -p; the first one (qae) if there is none.
 *  @return KW_OK, KW_E_INPUT (not readable)                                                                      @local */
kw_status kw_system_detect(const kw_words *words, const char *path, const kw_system **out);

/** Its table, overridden by every -p, then read from `path` (NULL: defaults and -p alone).
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM                                                                         @local */
kw_status kw_configure(const kw_words *words, const kw_system *system, const char *path, kw_config **out);

/** A size such as "96GiB" given to option `name`; "auto" leaves *bytes alone.      @return KW_OK, KW_E_ARG      @local */
kw_status kw_read_bytes(const char *name, const char *text, uint64_t *bytes);

#endif

/* F3  Inside of kw_config, shared by the store (config.c) and the INI reader (config_parse.c). */
#ifndef KW_CONFIG_STORE_H
#define KW_CONFIG_STORE_H

#include "io/config_value.h"

typedef struct {
    kw_value value;
    char *origin;     /* "default", "qae.ini:12", "-p"; NULL: required and not given */
    bool given;       /* not the default */
    bool pinned;      /* set by kw_config_set: files do not change it */
    int line_in_file; /* of the file being read, for duplicates; 0: not seen */
} kw_config_slot;

struct kw_config {
    const kw_option *table;
    size_t count;
    kw_config_slot *slots;
    char *path; /* the file last read, for messages */
};

/** Row of a key.  @return KW_OK, KW_E_INPUT ("origin: unknown key ...; did you mean ...?")                       @local */
kw_status kw_config_find(const kw_config *config, const char *key, const char *origin, size_t *row);

/** Parses and, unless the slot is pinned, stores.                                                                @local */
kw_status kw_config_store(kw_config *config, size_t row, const char *text, const char *origin);

/** True if some key of the table stands in `section`.                                                            @local */
bool kw_config_has_section(const kw_config *config, const char *section);

#endif

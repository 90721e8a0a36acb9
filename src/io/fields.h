/* F3  Structs in sealed files: a table says which member goes where. */
#ifndef KW_FIELDS_H
#define KW_FIELDS_H

#include <stddef.h>

#include "io/sealed.h"

typedef enum {
    KW_FIELD_TEXT,    /* char *, an attribute of `group` */
    KW_FIELD_INTEGER, /* int64_t, likewise */
    KW_FIELD_REAL,    /* double, likewise */
    KW_FIELD_REALS,   /* double *, the dataset `group`, with its length in the member at `count` */
    KW_FIELD_INTEGERS /* int64_t *, likewise */
} kw_field_type;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows of the tables read best in this order */
typedef struct {
    kw_field_type type;
    const char *group, *name;
    size_t member, count; /* offsets in the struct */
    const char *units, *description;
    int since; /* version of the format */
} kw_field;

/** Writes all fields of *object.                                              @return KW_OK, KW_E_IO       @collective */
kw_status kw_fields_write(kw_sealed *file, const kw_field *fields, size_t count, const void *object);

/** Reads those that version `version` has; the others stay as they are.  Texts and arrays are malloc'd, also on failure.
 *  @return KW_OK, KW_E_IO, KW_E_NOMEM                                                                      @collective */
kw_status kw_fields_read(kw_sealed *file, const kw_field *fields, size_t count, int64_t version, void *object);

/** Frees texts and arrays.                                                                                      @local */
void kw_fields_free(const kw_field *fields, size_t count, void *object);

#endif

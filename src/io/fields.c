/* F3  Structs in sealed files. */
#include "io/fields.h"

#include <stdlib.h>

static const void *member_of(const void *object, size_t offset) { return (const char *)object + offset; }
static void *own_member(void *object, size_t offset) { return (char *)object + offset; }

static kw_status write_field(kw_sealed *file, const kw_field *f, const void *object) {
    const void *member = member_of(object, f->member), *count = member_of(object, f->count);
    switch (f->type) {
    case KW_FIELD_TEXT: return kw_sealed_write_text(file, f->group, f->name, *(char *const *)member);
    case KW_FIELD_INTEGER: return kw_sealed_write_integer(file, f->group, f->name, *(const int64_t *)member);
    case KW_FIELD_REAL: return kw_sealed_write_real(file, f->group, f->name, *(const double *)member);
    case KW_FIELD_REALS:
        return kw_sealed_write_reals(file, f->group, *(double *const *)member, *(const size_t *)count, f->units,
                                     f->description);
    case KW_FIELD_INTEGERS:
        return kw_sealed_write_integers(file, f->group, *(int64_t *const *)member, *(const size_t *)count, f->units,
                                        f->description);
    }
    return KW_OK;
}

static kw_status read_field(kw_sealed *file, const kw_field *f, void *object) {
    void *member = own_member(object, f->member);
    size_t *count = own_member(object, f->count);
    switch (f->type) {
    case KW_FIELD_TEXT: return kw_sealed_read_text(file, f->group, f->name, member);
    case KW_FIELD_INTEGER: return kw_sealed_read_integer(file, f->group, f->name, member);
    case KW_FIELD_REAL: return kw_sealed_read_real(file, f->group, f->name, member);
    case KW_FIELD_REALS: return kw_sealed_read_reals(file, f->group, member, count);
    case KW_FIELD_INTEGERS: return kw_sealed_read_integers(file, f->group, member, count);
    }
    return KW_OK;
}

kw_status kw_fields_write(kw_sealed *file, const kw_field *fields, size_t count, const void *object) {
    kw_status status = KW_OK;
    for (size_t i = 0; status == KW_OK && i < count; ++i) status = write_field(file, &fields[i], object);
    return status;
}

kw_status kw_fields_read(kw_sealed *file, const kw_field *fields, size_t count, int64_t version, void *object) {
    kw_status status = KW_OK;
    for (size_t i = 0; status == KW_OK && i < count; ++i)
        if (fields[i].since <= version) status = read_field(file, &fields[i], object);
    return status;
}

void kw_fields_free(const kw_field *fields, size_t count, void *object) {
    for (size_t i = 0; i < count; ++i)
        if (fields[i].type != KW_FIELD_INTEGER && fields[i].type != KW_FIELD_REAL)
            free(*(void **)own_member(object, fields[i].member));
}

/* F5  The kinds of runs that can be reported. */
#include "report/kind.h"

#include <string.h>

#define ADDRESS(verb) &kw_kind_##verb,
static const kw_kind *const kinds[] = {KW_KIND_LIST(ADDRESS)};
#undef ADDRESS

const kw_kind *kw_kind_at(size_t i) { return i < sizeof kinds / sizeof *kinds ? kinds[i] : NULL; }

const kw_kind *kw_kind_find(const char *format) {
    const kw_kind *kind = NULL;
    for (size_t i = 0; format && (kind = kw_kind_at(i)) && strcmp(kind->format, format) != 0;) ++i;
    return kind;
}

const char *kw_kind_formats(void) {
#define FORMAT(verb) " \"" KW_KIND_FORMAT(verb) "\""
    return &KW_KIND_LIST(FORMAT)[1];
#undef FORMAT
}

/* F2  Which compiled kernels run: the best that the processor has, or what KETWALL_KERNELS names, if it is there. */
#include <stdlib.h>
#include <string.h>

#include "engine/kernels/kernels.h"

#define TABLES(set)                                                                                                         \
    extern const kw_kernels_table kw_kernels_##set##_double, kw_kernels_##set##_float, kw_kernels_##set##_s16,              \
        kw_kernels_##set##_s8;
#define LIST(set)                                                                                                           \
    { &kw_kernels_##set##_double, &kw_kernels_##set##_float, &kw_kernels_##set##_s16, &kw_kernels_##set##_s8 }

TABLES(ref)
#ifdef __x86_64__
TABLES(avx2)
TABLES(avx512)

static int has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}
static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
           && __builtin_cpu_supports("avx512vl");
}
#endif
static int has_any(void) { return 1; }

typedef struct {
    const kw_kernels_table *tables[KW_PRECISIONS]; /* by kw_precision */
    int (*supported)(void);
} kernel_set;

/* Best first. */
static const kernel_set sets[] = {
#ifdef __x86_64__
    {LIST(avx512), has_avx512},
    {LIST(avx2), has_avx2},
#endif
    {LIST(ref), has_any},
};

static const kernel_set *choose(void) {
    const char *wanted = getenv("KETWALL_KERNELS");
    const size_t count = sizeof sets / sizeof *sets;
    for (size_t i = 0; wanted && i < count; ++i)
        if (sets[i].supported() && !strcmp(wanted, sets[i].tables[0]->name)) return &sets[i];
    size_t best = 0;
    while (!sets[best].supported()) ++best;
    return &sets[best];
}

const kw_kernels_table *kw_kernels(kw_precision precision) {
    static _Thread_local const kernel_set *chosen;
    if (!chosen) chosen = choose();
    return chosen->tables[precision];
}

const char *kw_kernels_name(void) { return kw_kernels(KW_DOUBLE)->name; }

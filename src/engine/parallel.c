/* F2  Threads over segments. */
#include "engine/parallel.h"

#include <string.h>

void kw_parallel_for(uint64_t items, kw_range_fn body, void *context) {
    if (items < KW_SERIAL_BELOW) {
        body(context, 0, items);
        return;
    }
#pragma omp parallel for schedule(static)
    for (int s = 0; s < KW_SEGMENTS; ++s) body(context, kw_segment(items, s), kw_segment(items, s + 1));
}

void kw_parallel_sum(uint64_t items, int width, kw_reduce_fn body, void *context, double *out) {
    double sums[KW_SEGMENTS][KW_REDUCE_WIDTH];
#pragma omp parallel for schedule(static) if (items >= KW_SERIAL_BELOW)
    for (int s = 0; s < KW_SEGMENTS; ++s) {
        memset(sums[s], 0, sizeof(double) * (size_t)width);
        body(context, kw_segment(items, s), kw_segment(items, s + 1), sums[s]);
    }
    for (int span = 1; span < KW_SEGMENTS; span *= 2)
        for (int s = 0; s + span < KW_SEGMENTS; s += 2 * span)
            for (int i = 0; i < width; ++i) sums[s][i] += sums[s + span][i];
    memcpy(out, sums[0], sizeof(double) * (size_t)width);
}

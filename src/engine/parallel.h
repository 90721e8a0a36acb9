/* F2  Loops over many items in a fixed number of segments: threads share the segments, sums are added in segment order, so
 * results do not depend on the number of threads. */
#ifndef KW_PARALLEL_H
#define KW_PARALLEL_H

#include <stdint.h>

#define KW_SEGMENTS     128
#define KW_REDUCE_WIDTH 64        /* sums of one reduction at most */
#define KW_SERIAL_BELOW (1 << 13) /* items for which threads are not worth waking */

typedef void (*kw_range_fn)(void *context, uint64_t first, uint64_t last);
typedef void (*kw_reduce_fn)(void *context, uint64_t first, uint64_t last, double *sums);

static inline uint64_t kw_segment(uint64_t items, int segment) {
    return (items / KW_SEGMENTS) * (uint64_t)segment + (items % KW_SEGMENTS) * (uint64_t)segment / KW_SEGMENTS;
}

/** Calls `body` on disjoint ranges that cover [0, items). */
void kw_parallel_for(uint64_t items, kw_range_fn body, void *context);

/** out (width) <- sum over segments of what `body` adds to its zeroed sums. */
void kw_parallel_sum(uint64_t items, int width, kw_reduce_fn body, void *context, double *out);

#endif

/* F4  What an evaluation or a run of a learning system takes. */
#ifndef KW_NEED_H
#define KW_NEED_H

#include <stdint.h>

/* Per rank, the maximum over ranks; peak: counted bytes (kw_memory_peak). */
typedef struct {
    uint64_t exchanges, bytes_exchanged, peak_bytes;
} kw_need;

#endif

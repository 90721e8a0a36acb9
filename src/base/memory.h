/* F0  Aligned memory with accounting.  What is not counted comes from malloc. */
#ifndef KW_MEMORY_H
#define KW_MEMORY_H

#include "ketwall/memory.h"

/** 64-byte-aligned block, huge pages advised from 4 MiB on, counted in kw_memory_now().  NULL when it cannot be had.
 *  The contents are undefined: the thread that first writes a page owns it.                                     @local */
void *kw_block_alloc(uint64_t bytes);
void kw_block_free(void *block, uint64_t bytes);

#endif

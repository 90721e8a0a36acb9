/* F0  Aligned memory with accounting.  Counted: whatever grows with 2^n or is a communication buffer.  Not counted: the
 * KiB of circuits, plans and parameters, which come from malloc. */
#ifndef KW_MEMORY_H
#define KW_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/** 64-byte-aligned block, huge pages advised from 4 MiB on, counted in kw_memory_now().  NULL when it cannot be had.
 *  The contents are undefined: the thread that first writes a page owns it.                                     @local */
void *kw_block_alloc(uint64_t bytes);
void kw_block_free(void *block, uint64_t bytes);

uint64_t kw_memory_now(void);      /* counted bytes held now */
uint64_t kw_memory_peak(void);     /* their maximum so far */
void kw_memory_peak_reset(void);   /* peak <- now */
uint64_t kw_memory_resident(void); /* VmHWM of the process [bytes], 0 if unknown */

/** Memory that a run may use on this node [bytes]: min(cgroup limit, Slurm's limit, MemAvailable).              @local */
uint64_t kw_memory_available(void);

/** Ranks of this job on this node, as Open MPI or Slurm say; 1 if neither does.                                 @local */
int kw_ranks_on_node(void);

#endif

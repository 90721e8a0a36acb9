/* Memory: what Ketwall holds in this process, and what there is.  Counted is whatever grows with 2^n or is a communication
 * buffer; the KiB of circuits, plans and parameters are not.  All numbers are bytes. */
#ifndef KETWALL_MEMORY_H
#define KETWALL_MEMORY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Counted bytes held now; their maximum since the last reset; peak <- now.  Of the whole process: a reset, which
 *  kw_program_run does at its start, affects everyone who reads the peak.                                        @local */
uint64_t kw_memory_now(void);
uint64_t kw_memory_peak(void);
void kw_memory_peak_reset(void);

/** Most bytes of the process that were ever resident (VmHWM), libraries included; 0 if unknown.                  @local */
uint64_t kw_memory_resident(void);

/** Memory that a run may use on this node: min(cgroup limit, Slurm's limit, MemAvailable).                       @local */
uint64_t kw_memory_available(void);

/** Ranks of this job on this node, as Open MPI or Slurm say; 1 if neither does.                                  @local */
int kw_ranks_on_node(void);

/** kw_memory_available() / kw_ranks_on_node(): what a memory_per_rank of 0 stands for.                           @local */
uint64_t kw_memory_per_rank(void);

#ifdef __cplusplus
}
#endif
#endif

/* F5  Where simulation hits the wall: bytes, seconds and infidelity of the storage kinds against the number of qubits, up to
 * the largest state that fits. */
#ifndef KW_STUDY_MEMORY_WALL_H
#define KW_STUDY_MEMORY_WALL_H

#include <jansson.h>

#include "io/config.h"
#include "ketwall/comm.h"

/** Keys of run.dir, run.memory_per_rank ... and of the section study.                                            @local */
const kw_option *kw_memory_wall_options(size_t *count);

/** Measures what is not measured yet: a row per storage kind and number of qubits; they are kept in run.dir/result.json from
 *  row to row, and the same command goes on where it stopped.
 *  @param[out] result  on rank 0: {format, circuit, rows: [{precision, qubits, bytes, seconds, infidelity, gradient, ...}],
 *                      fits: [{precision, seconds per doubling}], reach: [{bytes, qubits of every kind}]}
 *  @return KW_OK, KW_E_INPUT (keys; run.dir holds another study), KW_E_FIT (not even the least state), KW_E_IO, KW_E_NOMEM,
 *          KW_E_STOPPED                                                                                    @collective */
kw_status kw_memory_wall_study(kw_comm *world, const kw_config *config, const char *mpi, const char *command,
                               json_t **result);

#endif

/* F5  The rows of a study: measured once, kept from row to row, shared out over the ranks.
 *
 * run.dir/result.json holds them while the study runs; the same command goes on where it stopped.  Between rows the ranks
 * agree whether to stop (signals, run.dir/stop, run.max_wall_s). */
#ifndef KW_SWEEP_H
#define KW_SWEEP_H

#include <jansson.h>
#include <stdbool.h>

#include "io/config.h"
#include "ketwall/comm.h"

typedef struct kw_sweep kw_sweep;

typedef struct {
    const char *mpi;     /* version of the MPI library, for the provenance */
    const char *command; /* command line, likewise */
} kw_sweep_request;

enum { KW_SWEEP_NAME = 160 /* bytes of a row's name */ };

/* Where rows come from. */
typedef struct {
    /** The name of row i: the same in every run, and no other row's.                                            @local */
    void (*name)(const void *context, size_t i, char text[KW_SWEEP_NAME]);
    /** Measures row i on all ranks of `comm`.
     *  @param[out] row  on rank 0 of comm a new JSON object: the members of the study's fields (numbers that are not finite
     *                   left out: kw_json_set), "seed" where rows differ by seeds; elsewhere NULL.  An array of such
     *                   objects, at least one, is a curve: its points become rows of the same name
     *  @return anything; the study ends with the first failure                              @collective over comm */
    kw_status (*measure)(const void *context, size_t i, kw_comm *comm, json_t **row);
    const void *context;
} kw_sweep_source;

/** Measures rows 0 ... count - 1, but for those that are there already.
 *  @param[in] alone  every row is the work of one rank, which gets a communicator of one process, and as many are measured
 *                    at a time as there are ranks: the same bits on any number of them.  Else all ranks share every row.
 *  @return KW_OK, KW_E_STOPPED, KW_E_IO (result.json), KW_E_NOMEM, or what a row returned                  @collective */
kw_status kw_sweep_rows(kw_sweep *sweep, size_t count, bool alone, const kw_sweep_source *source);

/** What the study was started with.                                                                              @local */
const kw_config *kw_sweep_config(const kw_sweep *sweep);
kw_comm *kw_sweep_world(const kw_sweep *sweep);
const kw_sweep_request *kw_sweep_request_of(const kw_sweep *sweep);
/** Bytes that a rank may use: run.memory_per_rank, or its share of the node; the least of all ranks.             @local */
uint64_t kw_sweep_memory(const kw_sweep *sweep);
/** Rows so far; on rank 0 alone, elsewhere empty.                                                                @local */
const json_t *kw_sweep_table(const kw_sweep *sweep);

#endif

/* F5  Inside of a sweep: its state, and its two files. */
#ifndef KW_SWEEP_INTERNAL_H
#define KW_SWEEP_INTERNAL_H

#include "base/stop.h"
#include "studies/study.h"

struct kw_sweep {
    const kw_study *study;
    kw_comm *world;
    const kw_config *config;
    kw_sweep_request request;
    json_t *result, *rows; /* rank 0 */
    char path[4096];       /* of result.json */
    int lock;              /* of run.dir, on rank 0 */
    kw_stop stop;
    uint64_t memory;
    double before; /* seconds of earlier runs */
};

static inline bool kw_sweep_is_root(const kw_sweep *s) { return kw_comm_rank(s->world) == 0; }

/** Makes and locks run.dir, and takes up the rows of an earlier run with the same settings.  Rank 0.
 *  @return KW_OK, KW_E_INPUT (rows of other settings; no JSON), KW_E_IO, KW_E_NOMEM                              @local */
kw_status kw_sweep_begin(kw_sweep *sweep);

/** Writes result.json.  Rank 0.                                              @return KW_OK, KW_E_IO           @local */
kw_status kw_sweep_save(kw_sweep *sweep);

/** Writes run.dir/study.h5: one column per field and seed, texts as numbers of their names.
 *  @return KW_OK, KW_E_IO, KW_E_NOMEM                                                                      @collective */
kw_status kw_sweep_write_columns(kw_sweep *sweep);

#endif

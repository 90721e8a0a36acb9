/* F4  Running the circuits of a program, whole or what is left of them. */
#include <string.h>

#include "base/error.h"
#include "engine/plan_internal.h"
#include "models/circuit_run_internal.h"

bool kw_run_goes_on(const kw_run_job *j) { return j->keeper.found && j->keeper.n_course; }

typedef struct {
    kw_run_job *job;
    kw_ticker ticker;
    bool safe;
} watching;

static bool watch(void *context, uint64_t done, uint64_t steps) {
    watching *w = context;
    kw_run_keeper *k = &w->job->keeper;
    kw_ticker_step(&w->ticker, done, steps);
    k->status = KW_OK;
    if (!w->safe || !k->wanted->dir) return true;
    k->course[k->n_course - 1] = (int64_t)done;
    k->status = kw_run_safe_point(w->job, true);
    return k->status == KW_OK;
}

/* Runs a plan, with which the course ends, from a step on. */
static kw_status run_plan_from(kw_run_job *j, const kw_plan *plan, uint64_t first, bool safe) {
    kw_run_keeper *k = &j->keeper;
    const bool speaks = j->result->is_static && j->request->progress && kw_comm_rank(j->world) == 0;
    watching w = {j, kw_ticker_begin("step", speaks), safe};
    j->running = plan;
    kw_status status = kw_plan_run_watched(plan, NULL, j->state, first, watch, &w);
    j->running = NULL;
    kw_ticker_end(&w.ticker);
    if (status == KW_E_STOPPED) status = k->status;
    if (status == KW_OK) k->n_course = 0;
    return status;
}

static kw_status add_pair(kw_run_keeper *k, int ranks) {
    if (k->n_course == 2 * KW_COURSE_PAIRS)
        return kw_fail(KW_E_ARG, "the run went through %d rank counts: go on with %d ranks", KW_COURSE_PAIRS,
                       (int)k->course[k->n_course - 2]);
    k->course[k->n_course++] = ranks;
    k->course[k->n_course++] = 0;
    return KW_OK;
}

/* Whether a plan is the one that the checkpoint stands in, with the qubits where it left them. */
static bool stands_in(const kw_run_job *j, const kw_plan *plan) {
    const kw_run_keeper *k = &j->keeper;
    const uint64_t done = (uint64_t)k->course[k->n_course - 1];
    int place[KW_MAX_QUBITS];
    if (kw_plan_fingerprint(plan) != (uint64_t)k->found->plan || done > plan->forward.steps.count) return false;
    kw_plan_place(plan, done, place);
    return !memcmp(place, j->state->place, sizeof(int) * (size_t)plan->n_qubits);
}

/* The plan that the checkpoint stands in: of the circuit, or of what plans for other rank counts have left of it. */
static kw_status replay(const kw_run_job *j, const kw_circuit *circuit, kw_plan **out) {
    const kw_run_keeper *k = &j->keeper;
    kw_circuit *left = NULL;
    kw_plan *plan = NULL;
    kw_status status = KW_OK;
    for (size_t i = 0; i < k->n_course && status == KW_OK; i += 2) {
        if (i) status = kw_plan_rest(plan, (uint64_t)k->course[i - 1], &left);
        kw_plan_destroy(&plan);
        if (status == KW_OK) status = kw_plan_create(i ? left : circuit, (int)k->course[i], &plan);
        kw_circuit_destroy(&left);
        if (status == KW_OK && (uint64_t)k->course[i + 1] > plan->forward.steps.count) status = KW_E_IO;
    }
    if (status == KW_OK && !stands_in(j, plan)) status = KW_E_IO;
    if (status == KW_E_IO)
        kw_fail(status, "%s was made by a Ketwall that plans otherwise: finish the run with that one, or start anew",
                k->path);
    if (status == KW_OK) *out = plan;
    else kw_plan_destroy(&plan);
    return status;
}

/* On as many ranks as before the same plan goes on, to the same bits; on others what is left is planned anew. */
static kw_status go_on_inside(kw_run_job *j, const kw_circuit *circuit, bool safe) {
    kw_run_keeper *k = &j->keeper;
    const int ranks = kw_comm_size(j->comm);
    kw_plan *plan = NULL, *own = NULL;
    kw_circuit *left = NULL;
    kw_status status = replay(j, circuit, &plan);
    const uint64_t done = (uint64_t)k->course[k->n_course - 1];
    const bool same = (int)k->course[k->n_course - 2] == ranks;
    if (status == KW_OK && !same) {
        status = kw_plan_rest(plan, done, &left);
        if (status == KW_OK) status = kw_plan_create(left, ranks, &own);
        if (status == KW_OK) status = add_pair(k, ranks);
        kw_plan_destroy(&plan);
    }
    status = kw_comm_agree(j->world, status);
    kw_circuit_checkpoint_destroy(&k->found);
    if (status == KW_OK && same) status = run_plan_from(j, plan, done, safe);
    else if (status == KW_OK) {
        status = kw_state_order(j->state);
        /* the end of the plan would have done that, and nothing may be left of it */
        if (status == KW_OK && kw_precision_is_packed(j->request->precision)) status = kw_state_normalise(j->state);
        if (status == KW_OK) status = run_plan_from(j, own, 0, safe);
    }
    kw_circuit_destroy(&left);
    kw_plan_destroy(&own);
    kw_plan_destroy(&plan);
    return status;
}

kw_status kw_run_circuit(kw_run_job *j, const kw_circuit *circuit, const kw_plan *plan, bool safe) {
    if (kw_run_goes_on(j)) return go_on_inside(j, circuit, safe);
    const kw_status status = kw_state_order(j->state);
    if (status != KW_OK) return status;
    j->keeper.n_course = 0;
    (void)add_pair(&j->keeper, kw_comm_size(j->comm));
    return run_plan_from(j, plan, 0, safe);
}

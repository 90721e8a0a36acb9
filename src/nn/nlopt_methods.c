/* F2  L-BFGS and COBYLA by NLopt (Nocedal 1980 in Luksan's code; Powell 1994).  NLopt runs on rank 0; the other ranks serve:
 * each evaluation is announced by a command, then all ranks evaluate.  NLopt's inner state cannot be stored, so all
 * evaluations are: a resumed run feeds them to NLopt again, which asks for the same points because it is deterministic. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <nlopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "nn/optimiser_internal.h"

typedef enum { COMMAND_STOP, COMMAND_VALUE, COMMAND_GRADIENT } command;

typedef struct {
    kw_optimiser *optimiser;
    kw_comm *comm;
    const kw_problem *problem;
    nlopt_opt nlopt;  /* rank 0 */
    double *x, *g;    /* (p) each */
    size_t replayed;  /* numbers of the log that NLopt has seen again */
    size_t recorded;  /* numbers of the log when the run began */
    kw_status status; /* why the run ends, unless NLopt decides */
} session;

/* ---- the log ---- */

static size_t record_size(size_t p, bool gradient) { return 2 + (gradient ? 2 : 1) * p; }

static kw_status log_append(kw_evaluation_log *log, size_t p, double f, const double *x, const double *g) {
    const size_t size = record_size(p, g);
    if (log->size + size > log->capacity) {
        const size_t capacity = 2 * log->capacity + size;
        double *numbers = realloc(log->numbers, capacity * sizeof *numbers);
        if (!numbers) return kw_fail(KW_E_NOMEM, "no memory for the record of evaluations");
        log->numbers = numbers;
        log->capacity = capacity;
    }
    double *record = log->numbers + log->size;
    record[0] = g ? 1.0 : 0.0;
    record[1] = f;
    memcpy(record + 2, x, p * sizeof *x);
    if (g) memcpy(record + 2 + p, g, p * sizeof *g);
    log->size += size;
    return KW_OK;
}

/* ---- evaluations ---- */

/* On all ranks, at rank 0's x. */
static kw_status evaluate(session *s, double *x, double *f, double *g) {
    kw_optimiser *optimiser = s->optimiser;
    kw_status status = kw_optimiser_evaluate(optimiser, s->comm, s->problem, x, f, g);
    if (status != KW_OK) return status;
    status = kw_comm_agree(s->comm, log_append(&optimiser->log, optimiser->p, *f, x, g));
    if (status != KW_OK) return status;
    if (*f < optimiser->log.best) {
        optimiser->log.best = *f;
        memcpy(optimiser->x, x, optimiser->p * sizeof *x);
    }
    return kw_optimiser_step_done(optimiser, s->comm, s->problem, x, *f, g);
}

static void send_command(session *s, command order) {
    int number = (int)order;
    kw_comm_broadcast(s->comm, &number, sizeof number, 0);
}

static kw_status replay(session *s, const double *x, double *f, double *g) {
    const size_t p = s->optimiser->p;
    const double *record = s->optimiser->log.numbers + s->replayed;
    if ((record[0] != 0.0) != (g != NULL) || memcmp(record + 2, x, p * sizeof *x))
        return kw_fail(KW_E_IO, "the stored evaluations do not replay: they were made from another start, with other "
                                "settings or by another version of NLopt");
    *f = record[1];
    if (g) memcpy(g, record + 2 + p, p * sizeof *g);
    s->replayed += record_size(p, g);
    return KW_OK;
}

/* Called by NLopt on rank 0. */
static double objective(unsigned n, const double *x, double *g, void *context) {
    session *s = context;
    double f = HUGE_VAL;
    if (s->status != KW_OK) return f;
    if (s->replayed < s->recorded) {
        s->status = replay(s, x, &f, g);
    } else if (s->optimiser->steps >= s->optimiser->config.max_steps) {
        nlopt_force_stop(s->nlopt); /* its line search does not look at maxeval */
    } else {
        send_command(s, g ? COMMAND_GRADIENT : COMMAND_VALUE);
        memcpy(s->x, x, n * sizeof *x);
        s->status = evaluate(s, s->x, &f, g ? s->g : NULL);
        if (g) memcpy(g, s->g, n * sizeof *g);
    }
    if (s->status != KW_OK) nlopt_force_stop(s->nlopt);
    return f;
}

/* ---- rank 0, and the others ---- */

static kw_status configure(session *s) {
    const kw_optimiser_config *config = &s->optimiser->config;
    const bool lbfgs = config->kind == KW_OPTIMISER_LBFGS;
    const int most = config->max_steps < INT_MAX ? (int)config->max_steps : INT_MAX;
    s->nlopt = nlopt_create(lbfgs ? NLOPT_LD_LBFGS : NLOPT_LN_COBYLA, (unsigned)s->optimiser->p);
    if (!s->nlopt) return kw_fail(KW_E_NOMEM, "no memory for NLopt");
    nlopt_result result = nlopt_set_min_objective(s->nlopt, objective, s);
    if (result > 0) result = nlopt_set_maxeval(s->nlopt, most);
    if (result > 0 && config->tolerance > 0.0) result = nlopt_set_ftol_rel(s->nlopt, config->tolerance);
    if (result > 0 && !lbfgs && config->initial_step > 0.0) result = nlopt_set_initial_step1(s->nlopt, config->initial_step);
    return result > 0 ? KW_OK : kw_fail(KW_E_ARG, "NLopt refuses its settings: %s", nlopt_result_to_string(result));
}

/* Minimises; a failure after which NLopt still has its best point (rounding, no descent left) ends the run well. */
static kw_status lead(session *s) {
    kw_status status = configure(s);
    if (status != KW_OK) return status;
    double *x = malloc(s->optimiser->p * sizeof *x), f;
    if (!x) return kw_fail(KW_E_NOMEM, "no memory for NLopt");
    memcpy(x, s->optimiser->start, s->optimiser->p * sizeof *x);
    const nlopt_result result = nlopt_optimize(s->nlopt, x, &f);
    free(x);
    if (s->status != KW_OK) return s->status;
    if (result == NLOPT_OUT_OF_MEMORY) return kw_fail(KW_E_NOMEM, "no memory for NLopt");
    if (result == NLOPT_INVALID_ARGS)
        return kw_fail(KW_E_ARG, "NLopt refuses to run: %s", nlopt_get_errmsg(s->nlopt) ? nlopt_get_errmsg(s->nlopt) : "");
    if (s->replayed < s->recorded)
        return kw_fail(KW_E_IO, "the stored evaluations do not replay: NLopt ended before their end");
    return KW_OK;
}

/* A status that is not KW_OK is rank 0's too: it sends nothing more but the stop. */
static kw_status serve(session *s) {
    for (;;) {
        int order = COMMAND_STOP;
        double f;
        kw_comm_broadcast(s->comm, &order, sizeof order, 0);
        if (order == COMMAND_STOP) return s->status;
        s->status = evaluate(s, s->x, &f, order == COMMAND_GRADIENT ? s->g : NULL);
    }
}

static kw_status run(kw_optimiser *optimiser, kw_comm *comm, const kw_problem *problem) {
    const size_t p = optimiser->p;
    if (optimiser->steps >= optimiser->config.max_steps || p == 0) return KW_OK;
    session s = {.optimiser = optimiser, .comm = comm, .problem = problem, .recorded = optimiser->log.size};
    s.x = calloc(2 * p, sizeof *s.x);
    kw_status status = kw_comm_agree(comm, s.x ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu parameters", p));
    if (status == KW_OK) {
        s.g = s.x + p;
        if (kw_comm_rank(comm) == 0) {
            status = lead(&s);
            send_command(&s, COMMAND_STOP);
        } else {
            status = serve(&s);
        }
        status = kw_comm_agree(comm, status);
    }
    nlopt_destroy(s.nlopt);
    free(s.x);
    return status;
}

/* ---- state: the log ---- */

static size_t state_size(const kw_optimiser *optimiser) { return optimiser->log.size; }

static void export_state(const kw_optimiser *optimiser, double *state) {
    if (optimiser->log.size) memcpy(state, optimiser->log.numbers, optimiser->log.size * sizeof *state);
}

static kw_status import_state(kw_optimiser *optimiser, const double *state, size_t size, uint64_t steps,
                              uint64_t evaluations) {
    const size_t p = optimiser->p;
    size_t at = 0, best = 0;
    double lowest = INFINITY;
    uint64_t count = 0;
    while (at < size && size - at >= record_size(p, state[at] != 0.0)) {
        if (state[at + 1] < lowest) {
            lowest = state[at + 1];
            best = at;
        }
        at += record_size(p, state[at] != 0.0);
        ++count;
    }
    if (at != size || count != evaluations || count != steps)
        return kw_fail(KW_E_IO, "the stored evaluations are not %" PRIu64 " whole ones", evaluations);
    double *numbers = malloc((size ? size : 1) * sizeof *numbers);
    if (!numbers) return kw_fail(KW_E_NOMEM, "no memory for the record of evaluations");
    if (size) memcpy(numbers, state, size * sizeof *numbers);
    free(optimiser->log.numbers);
    optimiser->log = (kw_evaluation_log){numbers, size, size, lowest};
    if (count) memcpy(optimiser->x, state + best + 2, p * sizeof *state);
    return KW_OK;
}

const kw_optimiser_method kw_optimiser_nlopt = {run, state_size, export_state, import_state};

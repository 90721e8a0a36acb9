/* F4  The forecast of an autoencoder run. */
#include "models/qae_forecast.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "circuit/shift.h"
#include "engine/reconstruct.h"
#include "engine/state_internal.h"

/* What a configuration is about. */
typedef struct {
    const kw_qae_config *config;
    kw_ensemble *ensemble;
    kw_circuit *encoder;
    kw_shift_rule *rule;     /* NULL: adjoint gradients */
    int members, *member_at; /* by position: the training set, then the test set */
} subject;

/* What one step takes of the exchanges, and what is made of the members, on one process grid. */
typedef struct {
    const subject *about;
    const kw_plan *plan;
    const kw_plan *shifted; /* NULL: adjoint */
    kw_plan_cost forward, gradient;
    uint64_t runs; /* of the gradient's plan in one gradient per member */
    kw_traffic localise;
    kw_prepare_need *needs; /* by member; only the first one if all are alike */
    kw_prepare_need whole;  /* traffic of making every member once; most bytes and kept of one */
} grid;

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

static const kw_prepare_need *need_at(const grid *g, int position) {
    return &g->needs[kw_ensemble_alike(g->about->ensemble) ? 0 : g->about->member_at[position]];
}

static void add(kw_need *need, uint64_t times, uint64_t exchanges, uint64_t bytes) {
    need->exchanges += times * exchanges;
    need->bytes_exchanged += times * bytes;
}

static void add_traffic(kw_need *need, uint64_t times, kw_traffic traffic) {
    add(need, times, traffic.exchanges, traffic.bytes);
}

static void add_plan(kw_need *need, uint64_t times, kw_plan_cost cost) {
    add(need, times, cost.exchanges, cost.bytes_exchanged);
}

/* The member at place `i` of a set of `count`, in a replica that holds it.  Kept members cost nothing when they are used;
 * for the Gram matrix the others are made anew for every pair. */
static void add_member(const grid *g, kw_qae_forecast *own, bool test, int i, int count) {
    const kw_traffic made = need_at(g, test ? own->train + i : i)->traffic, used = own->keep ? (kw_traffic){0, 0} : made;
    if (!test) {
        add_traffic(&own->value, 1, used);
        add_plan(&own->value, 1, g->forward);
        add_traffic(&own->gradient, g->runs, used);
        add_plan(&own->gradient, g->runs, g->gradient);
    }
    add_traffic(&own->evaluation, 1, used);
    add_plan(&own->evaluation, 1, g->forward);
    add_traffic(&own->evaluation, 1, g->localise);
    add_traffic(&own->setup, own->keep ? 1 : (uint64_t)(count - i), made);
}

static uint64_t plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

/* Adds peaks to what one replica needs.
 * @param[in] held  members  @param[in] train, all  most bytes that making one of its members takes */
static void add_memory(const grid *g, kw_qae_forecast *own, int held, uint64_t train, uint64_t all) {
    const kw_qae_config *c = g->about->config;
    const int n = c->data.n_qubits, ranks = own->ranks_per_state;
    const uint64_t state = kw_state_bytes(n, c->training.precision, ranks);
    const uint64_t slab = kw_slab_bytes(n - kw_log2((uint64_t)ranks), c->training.precision);
    uint64_t base = plus(plus(state, state), kw_plan_bytes(g->plan));
    if (g->shifted) base = plus(base, kw_plan_bytes(g->shifted));
    for (int i = 0; own->keep && i < held; ++i) base = plus(base, slab);
    const uint64_t after = plus(base, g->whole.kept), report = plus(after, kw_reconstruction_bytes(n, c->trash_mask));
    own->value.peak_bytes = own->gradient.peak_bytes = own->keep ? after : plus(base, train);
    own->evaluation.peak_bytes = larger(report, own->keep ? after : plus(base, all));
    own->setup.peak_bytes = plus(base, own->keep ? all : g->whole.bytes);
    own->run.peak_bytes = larger(own->setup.peak_bytes, report);
}

static void add_run(const kw_qae_config *c, kw_qae_forecast *own) {
    uint64_t values = 0, gradients = 0;
    own->evaluations_known = kw_optimiser_fixed_evaluations(&c->training.optimiser, &values, &gradients);
    own->run_known = own->evaluations_known && own->setup_known;
    own->copies = own->evaluations_known ? kw_qae_copies(c, values + gradients, own->train) : 0;
    const uint64_t evaluations = c->training.optimiser.max_steps / c->training.evaluate_every + 1;
    add(&own->run, 1, own->setup.exchanges, own->setup.bytes_exchanged);
    add(&own->run, values, own->value.exchanges, own->value.bytes_exchanged);
    add(&own->run, gradients, own->gradient.exchanges, own->gradient.bytes_exchanged);
    add(&own->run, evaluations, own->evaluation.exchanges, own->evaluation.bytes_exchanged);
}

/* What the ranks of one replica need. */
static kw_qae_forecast forecast_replica(const grid *g, const kw_qae_forecast *f, int replica) {
    kw_qae_forecast own = *f;
    uint64_t most[2] = {0, 0}; /* bytes of making a member: of the training set, of the test set */
    int held = 0;
    own.setup_known = g->whole.traffic_known;
    own.use_known = own.keep || own.setup_known;
    if (!own.keep) add_traffic(&own.setup, 1, g->whole.traffic); /* once as bra */
    for (int test = 0; test < 2; ++test) {
        const int count = test ? own.test : own.train;
        for (int i = replica; i < count; i += own.replicas) {
            add_member(g, &own, test, i, count);
            most[test] = larger(most[test], need_at(g, test ? own.train + i : i)->bytes);
            ++held;
        }
    }
    add_memory(g, &own, held, most[0], larger(most[0], most[1]));
    add_run(g->about->config, &own);
    return own;
}

static void raise_need(kw_need *most, const kw_need *own) {
    most->exchanges = larger(most->exchanges, own->exchanges);
    most->bytes_exchanged = larger(most->bytes_exchanged, own->bytes_exchanged);
    most->peak_bytes = larger(most->peak_bytes, own->peak_bytes);
}

/* Replica 0 holds the most members; where they differ, another one may need more. */
static void forecast_replicas(const grid *g, kw_qae_forecast *f) {
    const kw_qae_forecast none = *f;
    *f = forecast_replica(g, &none, 0);
    for (int r = 1; r < f->replicas && !kw_ensemble_alike(g->about->ensemble); ++r) {
        const kw_qae_forecast own = forecast_replica(g, &none, r);
        raise_need(&f->value, &own.value);
        raise_need(&f->gradient, &own.gradient);
        raise_need(&f->evaluation, &own.evaluation);
        raise_need(&f->setup, &own.setup);
        raise_need(&f->run, &own.run);
    }
    f->fits = f->run.peak_bytes <= f->memory_per_rank;
}

static kw_status foretell_members(grid *g, int ranks_per_state) {
    const subject *s = g->about;
    const int different = kw_ensemble_alike(s->ensemble) ? 1 : s->members;
    const uint64_t times = (uint64_t)(s->members / different);
    g->needs = calloc((size_t)different, sizeof *g->needs);
    if (!g->needs) return kw_fail(KW_E_NOMEM, "no memory for %d members", s->members);
    g->whole = (kw_prepare_need){.traffic_known = true};
    for (int i = 0; i < different; ++i) {
        kw_prepare_need *need = &g->needs[i];
        const kw_status status =
            kw_ensemble_prepare_need(s->ensemble, i, s->config->training.precision, ranks_per_state, need);
        if (status != KW_OK) return status;
        g->whole.traffic.exchanges += times * need->traffic.exchanges;
        g->whole.traffic.bytes += times * need->traffic.bytes;
        g->whole.traffic_known &= need->traffic_known;
        g->whole.bytes = larger(g->whole.bytes, need->bytes);
        g->whole.kept = larger(g->whole.kept, need->kept);
    }
    return KW_OK;
}

/* One process grid, with or without keeping the members. */
static kw_status try_grid(const subject *s, int ranks_per_state, bool keep, kw_qae_forecast *f) {
    const kw_qae_config *c = s->config;
    grid g = {.about = s};
    kw_plan *plan = NULL, *shifted = NULL;
    kw_status status = kw_plan_create(s->encoder, ranks_per_state, &plan);
    if (status == KW_OK && s->rule) status = kw_plan_create(s->rule->opened, ranks_per_state, &shifted);
    if (status != KW_OK) {
        kw_plan_destroy(&plan);
        return status;
    }
    g.plan = plan;
    g.shifted = shifted;
    g.runs = c->circuits;
    g.forward = kw_plan_forward_cost(plan, c->training.precision);
    g.gradient =
        shifted ? kw_plan_forward_cost(shifted, c->training.precision) : kw_plan_gradient_cost(plan, c->training.precision);
    g.localise = kw_localise_cost(c->data.n_qubits, ranks_per_state, kw_plan_final_place(plan),
                                  kw_reconstruction_local_mask(c->data.n_qubits, c->trash_mask), c->training.precision);
    const kw_rounding rounding = kw_rounding_used(plan, c->training.precision, c->training.rounding);
    *f = (kw_qae_forecast){.ranks = f->ranks,
                           .ranks_per_state = ranks_per_state,
                           .replicas = f->ranks / ranks_per_state,
                           .keep = keep,
                           .train = s->members - c->test_members,
                           .test = c->test_members,
                           .parameters = kw_circuit_parameters(s->encoder),
                           .gates = kw_circuit_gates(s->encoder),
                           .steps = c->training.optimiser.max_steps,
                           .rounding = rounding,
                           .infidelity = kw_plan_infidelity(plan, NULL, c->training.precision, rounding),
                           .memory_per_rank = f->memory_per_rank};
    status = foretell_members(&g, ranks_per_state);
    if (status == KW_OK) forecast_replicas(&g, f);
    free(g.needs);
    kw_plan_destroy(&shifted);
    kw_plan_destroy(&plan);
    return status;
}

static kw_status check_ranks(const kw_qae_config *c, int ranks) {
    const kw_status status = kw_comm_check_size(ranks);
    const int s = c->ranks_per_state;
    if (status == KW_OK && s && (!kw_is_power_of_two((uint64_t)s) || s > ranks))
        return kw_fail(KW_E_ARG, "run.ranks_per_state = %d: expected a power of two of at most %d, the number of ranks", s,
                       ranks);
    return status;
}

/* The largest number of ranks that one state can use: reconstruction wants its smaller register local, gates their targets
 * (those of an ansatz of the library: two). */
static int most_ranks_per_state(const subject *s) {
    const int n = s->config->data.n_qubits;
    const int wanted[] = {2, kw_popcount(kw_reconstruction_local_mask(n, s->config->trash_mask)),
                          kw_plan_least_local(s->encoder), kw_ensemble_least_local(s->ensemble)};
    int local = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i)
        if (wanted[i] > local) local = wanted[i];
    const int most = kw_most_rank_bits(n, s->config->training.precision), above = n > local ? n - local : 0;
    const int rank_bits = above < most ? above : most;
    return 1 << (rank_bits < 30 ? rank_bits : 30);
}

/* As few ranks per state as fit, but no more replicas than training states; keeping expensive members comes first. */
static kw_status search_grid(const subject *s, kw_qae_forecast *f) {
    const kw_qae_config *c = s->config;
    const bool want = c->keep == KW_KEEP_YES || (c->keep == KW_KEEP_AUTO && kw_ensemble_expensive(s->ensemble));
    const int most = most_ranks_per_state(s), train = s->members - c->test_members;
    const int fixed = c->ranks_per_state;
    if (fixed > most)
        return kw_fail(KW_E_ARG,
                       "run.ranks_per_state = %d: %d qubits with this trash register and these circuits allow at most %d",
                       fixed, c->data.n_qubits, most);
    const int last = fixed ? fixed : f->ranks < most ? f->ranks : most;
    for (int keep = want; keep >= (c->keep == KW_KEEP_YES); --keep)
        for (int each = fixed ? fixed : 1; each <= last; each *= 2) {
            if (!fixed && each < last && f->ranks / each > train) continue;
            const kw_status status = try_grid(s, each, keep, f);
            if (status != KW_OK || f->fits) return status;
        }
    return KW_OK;
}

static kw_status list_members(subject *s) {
    s->members = kw_ensemble_members(s->ensemble);
    s->member_at = malloc((size_t)s->members * sizeof *s->member_at);
    if (!s->member_at) return kw_fail(KW_E_NOMEM, "no memory for %d members", s->members);
    return kw_qae_split(s->config, s->members, s->member_at);
}

kw_status kw_qae_foretell(kw_qae_config *config, int ranks, uint64_t memory_per_rank, kw_qae_forecast *out) {
    subject s = {.config = config};
    kw_status status = check_ranks(config, ranks);
    if (status != KW_OK) return status;
    if (!config->data.lanczos_bytes) config->data.lanczos_bytes = memory_per_rank / 2;
    *out = (kw_qae_forecast){.ranks = ranks, .memory_per_rank = memory_per_rank};
    status = kw_ensemble_create(&config->data, &s.ensemble);
    if (status == KW_OK) status = list_members(&s);
    if (status == KW_OK) status = kw_training_ansatz(&config->training, config->data.n_qubits, &s.encoder);
    if (status == KW_OK && config->training.gradient == KW_GRADIENT_SHIFT) status = kw_shift_rule_create(s.encoder, &s.rule);
    if (status == KW_OK) status = search_grid(&s, out);
    free(s.member_at);
    kw_shift_rule_destroy(&s.rule);
    kw_circuit_destroy(&s.encoder);
    kw_ensemble_destroy(&s.ensemble);
    return status;
}

kw_status kw_qae_check_fit(const kw_qae_forecast *f) {
    if (f->fits) return KW_OK;
    return kw_fail(KW_E_FIT,
                   "%.3f GiB per rank are needed, %.3f GiB are there: use more ranks, a smaller run.precision, or a larger "
                   "run.memory_per_rank; ketwall plan shows what fits",
                   (double)f->run.peak_bytes / 0x1p30, (double)f->memory_per_rank / 0x1p30);
}

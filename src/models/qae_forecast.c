/* F4  The forecast of an autoencoder run. */
#include "models/qae_forecast.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/reconstruct.h"
#include "engine/state_internal.h"

/* Everything the numbers follow from. */
typedef struct {
    const kw_qae_config *config;
    const kw_ensemble *ensemble;
    const kw_plan *plan;
    kw_traffic prepare; /* of one member on this grid */
    bool prepare_known;
} grid;

static void add(kw_qae_need *need, uint64_t times, uint64_t exchanges, uint64_t bytes) {
    need->exchanges += times * exchanges;
    need->bytes_exchanged += times * bytes;
}

static void add_plan(kw_qae_need *need, uint64_t times, kw_plan_cost cost) {
    add(need, times, cost.exchanges, cost.bytes_exchanged);
}

/* Kept members cost nothing when they are used. */
static void add_prepare(kw_qae_need *need, uint64_t times, const grid *g, bool kept) {
    if (!kept) add(need, times, g->prepare.exchanges, g->prepare.bytes);
}

static void forecast_traffic(const grid *g, kw_qae_forecast *f) {
    const kw_qae_config *c = g->config;
    const uint64_t train = (uint64_t)kw_qae_share(f->train, f->replicas, 0);
    const uint64_t all = train + (uint64_t)kw_qae_share(f->test, f->replicas, 0);
    const kw_plan_cost forward = kw_plan_forward_cost(g->plan, c->training.precision);
    const kw_traffic localise =
        kw_localise_cost(c->data.n_qubits, f->ranks_per_state, kw_plan_final_place(g->plan),
                         kw_reconstruction_local_mask(c->data.n_qubits, c->trash_mask), c->training.precision);
    add_prepare(&f->value, train, g, f->keep);
    add_plan(&f->value, train, forward);
    add_prepare(&f->gradient, train, g, f->keep);
    add_plan(&f->gradient, train, kw_plan_gradient_cost(g->plan, c->training.precision));
    add_prepare(&f->evaluation, all, g, f->keep);
    add_plan(&f->evaluation, all, forward);
    add(&f->evaluation, all, localise.exchanges, localise.bytes);

    if (f->keep) add_prepare(&f->setup, all, g, false);
    else { /* Gram matrix: every member once as bra, own members again for every pair */ uint64_t pairs = 0;
        for (int i = 0; i < f->train; i += f->replicas) pairs += (uint64_t)(f->train - i);
        for (int i = 0; i < f->test; i += f->replicas) pairs += (uint64_t)(f->test - i);
        add_prepare(&f->setup, (uint64_t)(f->train + f->test) + pairs, g, false);
    }
    f->setup_known = g->prepare_known;
    f->use_known = f->keep || g->prepare_known;
}

static void forecast_run(const kw_qae_config *c, kw_qae_forecast *f) {
    uint64_t values = 0, gradients = 0;
    f->run_known = f->setup_known && kw_optimiser_fixed_evaluations(&c->training.optimiser, &values, &gradients);
    const uint64_t evaluations = c->training.optimiser.max_steps / c->training.evaluate_every + 1;
    add(&f->run, 1, f->setup.exchanges, f->setup.bytes_exchanged);
    add(&f->run, values, f->value.exchanges, f->value.bytes_exchanged);
    add(&f->run, gradients, f->gradient.exchanges, f->gradient.bytes_exchanged);
    add(&f->run, evaluations, f->evaluation.exchanges, f->evaluation.bytes_exchanged);
}

static uint64_t plus(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

static void forecast_memory(const grid *g, kw_qae_forecast *f) {
    const kw_qae_config *c = g->config;
    const int n = c->data.n_qubits, ranks = f->ranks_per_state;
    const uint64_t state = kw_state_bytes(n, c->training.precision, ranks);
    const uint64_t slab = kw_bytes_of(kw_bit(n - kw_log2((uint64_t)ranks)), c->training.precision);
    const int own = kw_qae_share(f->train, f->replicas, 0) + kw_qae_share(f->test, f->replicas, 0);
    uint64_t held = plus(plus(state, state), kw_plan_bytes(g->plan));
    for (int i = 0; f->keep && i < own; ++i) held = plus(held, slab);
    const uint64_t after = plus(held, kw_ensemble_kept_bytes(g->ensemble, c->training.precision, ranks));
    const uint64_t making = plus(held, kw_ensemble_prepare_bytes(g->ensemble, c->training.precision, ranks));
    const uint64_t use = f->keep ? after : making;
    const uint64_t report = plus(after, kw_reconstruction_bytes(n, c->trash_mask));
    f->value.peak_bytes = f->gradient.peak_bytes = use;
    f->evaluation.peak_bytes = report > use ? report : use;
    f->setup.peak_bytes = making;
    f->run.peak_bytes = making > report ? making : report;
    f->fits = f->run.peak_bytes <= f->memory_per_rank;
}

/* One process grid, with or without keeping the members. */
static kw_status try_grid(const kw_qae_config *c, const kw_ensemble *ensemble, const kw_circuit *encoder,
                          int ranks_per_state, bool keep, kw_qae_forecast *f) {
    grid g = {.config = c, .ensemble = ensemble};
    kw_plan *plan = NULL;
    const kw_status status = kw_plan_create(encoder, ranks_per_state, &plan);
    if (status != KW_OK) return status;
    g.plan = plan;
    const int members = kw_ensemble_members(ensemble);
    *f = (kw_qae_forecast){.ranks = f->ranks,
                           .ranks_per_state = ranks_per_state,
                           .replicas = f->ranks / ranks_per_state,
                           .keep = keep,
                           .train = members - c->test_members,
                           .test = c->test_members,
                           .parameters = kw_circuit_parameters(encoder),
                           .gates = kw_circuit_gates(encoder),
                           .steps = c->training.optimiser.max_steps,
                           .memory_per_rank = f->memory_per_rank};
    g.prepare_known =
        kw_ensemble_prepare_cost(ensemble, c->training.precision, ranks_per_state, &g.prepare) || ranks_per_state == 1;
    forecast_traffic(&g, f);
    forecast_run(c, f);
    forecast_memory(&g, f);
    kw_plan_destroy(&plan);
    return KW_OK;
}

static kw_status check_ranks(const kw_qae_config *c, int ranks) {
    int below = 1;
    while (2 * below <= ranks) below *= 2;
    if (below != ranks)
        return kw_fail(KW_E_ARG, "%d ranks: a power of two is needed; the nearest are %d and %d", ranks, below, 2 * below);
    const int s = c->ranks_per_state;
    if (s && (!kw_is_power_of_two((uint64_t)s) || s > ranks))
        return kw_fail(KW_E_ARG, "run.ranks_per_state = %d: expected a power of two of at most %d, the number of ranks", s,
                       ranks);
    return KW_OK;
}

/* The largest number of ranks that one state can use: reconstruction wants its smaller register local. */
static int most_ranks_per_state(const kw_qae_config *c) {
    const int n = c->data.n_qubits, small = kw_popcount(kw_reconstruction_local_mask(n, c->trash_mask));
    const int local = small > 2 ? small : 2; /* two-qubit gates of the ansatz */
    return n - local > 30 ? 1 << 30 : 1 << (n > local ? n - local : 0);
}

/* As few ranks per state as fit, but no more replicas than training states; keeping expensive members comes first. */
static kw_status search_grid(const kw_qae_config *c, const kw_ensemble *ensemble, const kw_circuit *encoder,
                             kw_qae_forecast *f) {
    const bool want = c->keep == KW_KEEP_YES || (c->keep == KW_KEEP_AUTO && kw_ensemble_expensive(ensemble));
    const int most = most_ranks_per_state(c), train = kw_ensemble_members(ensemble) - c->test_members;
    const int fixed = c->ranks_per_state;
    if (fixed > most)
        return kw_fail(KW_E_ARG, "run.ranks_per_state = %d: %d qubits with this trash register allow at most %d", fixed,
                       c->data.n_qubits, most);
    const int last = fixed ? fixed : f->ranks < most ? f->ranks : most;
    for (int keep = want; keep >= (c->keep == KW_KEEP_YES); --keep)
        for (int s = fixed ? fixed : 1; s <= last; s *= 2) {
            if (!fixed && s < last && f->ranks / s > train) continue;
            const kw_status status = try_grid(c, ensemble, encoder, s, keep, f);
            if (status != KW_OK || f->fits) return status;
        }
    return KW_OK;
}

kw_status kw_qae_foretell(kw_qae_config *config, int ranks, uint64_t memory_per_rank, kw_qae_forecast *out) {
    kw_ensemble *ensemble = NULL;
    kw_circuit *encoder = NULL;
    kw_status status = check_ranks(config, ranks);
    if (status != KW_OK) return status;
    if (!config->data.lanczos_bytes) config->data.lanczos_bytes = memory_per_rank / 2;
    *out = (kw_qae_forecast){.ranks = ranks, .memory_per_rank = memory_per_rank};
    status = kw_ensemble_create(&config->data, &ensemble);
    if (status == KW_OK) status = kw_training_ansatz(&config->training, config->data.n_qubits, &encoder);
    if (status == KW_OK) status = search_grid(config, ensemble, encoder, out);
    kw_circuit_destroy(&encoder);
    kw_ensemble_destroy(&ensemble);
    return status;
}

kw_status kw_qae_check_fit(const kw_qae_forecast *f) {
    if (f->fits) return KW_OK;
    return kw_fail(KW_E_FIT,
                   "%.3f GiB per rank are needed, %.3f GiB are there: use more ranks, run.precision = single, or a larger "
                   "run.memory_per_rank; ketwall plan shows what fits",
                   (double)f->run.peak_bytes / 0x1p30, (double)f->memory_per_rank / 0x1p30);
}

/* F4  Setting up an autoencoder run: process grid, members, bounds. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/gram.h"
#include "engine/state_internal.h"
#include "models/qae_internal.h"

/* Letters travel as integers: only the replica that made a member has its note, the others hold zeros. */
static void share_notes(kw_qae *q) {
    for (int i = 0; i < q->n_train + q->n_test; ++i) {
        int64_t letters[KW_QAE_NOTE_BYTES];
        for (int j = 0; j < KW_QAE_NOTE_BYTES; ++j) letters[j] = (unsigned char)q->entries[i].note[j];
        kw_comm_max(q->world, letters, KW_QAE_NOTE_BYTES);
        for (int j = 0; j < KW_QAE_NOTE_BYTES; ++j) q->entries[i].note[j] = (char)letters[j];
    }
}

static kw_status normalise(kw_qae_entry *entries, int count, const char *set) {
    double sum = 0;
    for (int i = 0; i < count; ++i) sum += entries[i].weight;
    if (count && !(sum > 0))
        return kw_fail(KW_E_INPUT, "all %s states have weight 0: give another data.spectrum, run.seed or data.test_members",
                       set);
    for (int i = 0; i < count; ++i) entries[i].weight /= sum;
    return KW_OK;
}

static kw_status list_members(kw_qae *q) {
    const int members = kw_ensemble_members(q->ensemble);
    q->n_test = q->config.test_members;
    q->n_train = members - q->n_test;
    int *member_at = malloc((size_t)members * sizeof *member_at);
    q->entries = calloc((size_t)members, sizeof *q->entries);
    kw_status status = member_at && q->entries ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %d members", members);
    if (status == KW_OK) status = kw_qae_split(&q->config, members, member_at);
    for (int i = 0; status == KW_OK && i < members; ++i)
        q->entries[i] = (kw_qae_entry){.member = member_at[i], .weight = kw_ensemble_weight(q->ensemble, member_at[i])};
    free(member_at);
    if (status == KW_OK) status = normalise(q->entries, q->n_train, "training");
    return status == KW_OK ? normalise(q->entries + q->n_train, q->n_test, "test") : status;
}

static bool is_own(const kw_qae *q, int position) {
    const int place = position < q->n_train ? position : position - q->n_train;
    return place % q->forecast.replicas == q->replica;
}

static kw_status make_state(kw_qae *q, kw_state **out) {
    const kw_training_config *c = &q->config.training;
    const kw_status status = kw_comm_agree(q->world, kw_state_create(q->comm, q->config.data.n_qubits, c->precision, out));
    if (status == KW_OK) kw_state_obey(*out, c->rounding, c->seed, c->max_infidelity);
    return status;
}

static kw_status allocate(kw_qae *q) {
    const int n = q->config.data.n_qubits;
    kw_status status = kw_training_ansatz(&q->config.training, n, &q->encoder);
    if (status == KW_OK) status = kw_plan_create(q->encoder, q->forecast.ranks_per_state, &q->plan);
    if (status == KW_OK && q->config.training.gradient == KW_GRADIENT_SHIFT) {
        status = kw_shift_rule_create(q->encoder, &q->rule);
        if (status == KW_OK) status = kw_plan_create(q->rule->opened, q->forecast.ranks_per_state, &q->shifted);
    }
    if (status == KW_OK) status = kw_observable_trash(n, q->config.trash_mask, q->config.cost, &q->cost);
    status = kw_comm_agree(q->world, status);
    if (status == KW_OK) status = make_state(q, &q->ket);
    if (status == KW_OK) status = make_state(q, &q->bra);
    if (status != KW_OK) return status;
    for (int i = 0; q->forecast.keep && i < q->n_train + q->n_test; ++i) {
        if (!is_own(q, i)) continue;
        q->entries[i].kept = kw_block_alloc(kw_state_slab_bytes(q->ket));
        if (!q->entries[i].kept) status = kw_fail(KW_E_NOMEM, "no memory to keep the members: set data.keep = no");
    }
    return kw_comm_agree(q->world, status);
}

static kw_status make_kept(kw_qae *q) {
    kw_status status = KW_OK;
    for (int i = 0; status == KW_OK && i < q->n_train + q->n_test; ++i) {
        kw_qae_entry *entry = &q->entries[i];
        if (!entry->kept) continue;
        status = kw_ensemble_prepare(q->ensemble, entry->member, q->ket, entry->note, sizeof entry->note);
        if (status == KW_OK) kw_state_store(q->ket, entry->kept);
    }
    return kw_comm_agree(q->world, status);
}

kw_status kw_qae_load(kw_qae *q, int position, kw_state *state) {
    kw_qae_entry *entry = &q->entries[position];
    if (!entry->kept) return kw_ensemble_prepare(q->ensemble, entry->member, state, entry->note, sizeof entry->note);
    kw_state_restore(state, entry->kept);
    return KW_OK;
}

/* bra <- member at a position, on every replica: kept members come from the replica that holds them, rank by rank. */
static kw_status load_everywhere(kw_qae *q, kw_comm *column, int position) {
    if (!q->forecast.keep) return kw_qae_load(q, position, q->bra);
    const int place = position < q->n_train ? position : position - q->n_train;
    if (q->entries[position].kept) kw_qae_load(q, position, q->bra);
    kw_state_broadcast(q->bra, column, place % q->forecast.replicas);
    return KW_OK;
}

/* overlaps (count x count), upper triangle of the set that starts at `first` */
static kw_status overlaps_of(kw_qae *q, kw_comm *column, bool test, kw_complex *overlaps) {
    const int first = test ? q->n_train : 0, count = kw_qae_end(q, test) - first;
    const size_t row = (size_t)count;
    kw_status status = KW_OK;
    for (int j = 0; status == KW_OK && j < count; ++j) {
        status = load_everywhere(q, column, first + j);
        for (int i = q->replica; status == KW_OK && i <= j; i += q->forecast.replicas) {
            kw_complex overlap = 0;
            status = kw_qae_load(q, first + i, q->ket);
            if (status == KW_OK) status = kw_state_inner(q->ket, q->bra, &overlap);
            if (kw_comm_rank(q->comm) == 0) overlaps[(size_t)i * row + (size_t)j] = overlap;
        }
        status = kw_comm_agree(q->world, status);
    }
    if (status == KW_OK) kw_comm_sum(q->world, (double *)overlaps, 2 * row * row);
    return status;
}

static kw_status bound_of(kw_qae *q, kw_comm *column, bool test, kw_qae_bound *out) {
    const int first = test ? q->n_train : 0, count = kw_qae_end(q, test) - first;
    const int latent = q->config.data.n_qubits - q->config.n_trash;
    const size_t size = (size_t)count;
    if (!count) return KW_OK;
    kw_complex *overlaps = calloc(size * size, sizeof *overlaps);
    double *weights = malloc(size * sizeof *weights), *eigenvalues = malloc(size * sizeof *eigenvalues);
    kw_status status =
        overlaps && weights && eigenvalues ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a Gram matrix of %d", count);
    status = kw_comm_agree(q->world, status);
    if (status == KW_OK) status = overlaps_of(q, column, test, overlaps);
    for (int i = 0; status == KW_OK && i < count; ++i) weights[i] = q->entries[first + i].weight;
    if (status == KW_OK) status = kw_gram_spectrum(count, weights, overlaps, eigenvalues);
    if (status == KW_OK)
        *out = (kw_qae_bound){kw_optimum(eigenvalues, count, latent), kw_optimum_error(eigenvalues, count, latent),
                              eigenvalues[0]};
    free(overlaps);
    free(weights);
    free(eigenvalues);
    return kw_comm_agree(q->world, status);
}

kw_status kw_qae_bounds(kw_qae *q) {
    kw_comm *column = NULL;
    kw_status status = kw_comm_split(q->world, kw_comm_rank(q->comm), &column);
    if (status != KW_OK) return status;
    status = bound_of(q, column, false, &q->train_bound);
    if (status == KW_OK) status = bound_of(q, column, true, &q->test_bound);
    kw_comm_destroy(&column);
    return status;
}

kw_status kw_qae_create(kw_comm *world, const kw_qae_config *config, const kw_qae_forecast *forecast, kw_qae **out) {
    kw_qae *q = calloc(1, sizeof *q);
    kw_status status = kw_qae_check_fit(forecast);
    if (status == KW_OK && !q) status = kw_fail(KW_E_NOMEM, "no memory for a run");
    status = kw_comm_agree(world, status);
    if (status != KW_OK) {
        free(q);
        return status;
    }
    kw_memory_peak_reset();
    q->config = *config;
    q->forecast = *forecast;
    q->world = world;
    q->replica = kw_comm_rank(world) / forecast->ranks_per_state;
    status = kw_comm_split(world, q->replica, &q->comm);
    if (status == KW_OK) status = kw_ensemble_create(&q->config.data, &q->ensemble);
    if (status == KW_OK) status = list_members(q);
    status = kw_comm_agree(world, status);
    if (status == KW_OK) status = allocate(q);
    if (status == KW_OK) status = make_kept(q);
    if (status == KW_OK) status = kw_qae_bounds(q);
    if (status == KW_OK) share_notes(q);
    if (status == KW_OK) *out = q;
    else kw_qae_destroy(&q);
    return status;
}

void kw_qae_destroy(kw_qae **qae) {
    kw_qae *q = *qae;
    if (!q) return;
    for (int i = 0; q->entries && i < q->n_train + q->n_test; ++i)
        if (q->entries[i].kept) kw_block_free(q->entries[i].kept, kw_state_slab_bytes(q->ket));
    free(q->entries);
    kw_state_destroy(&q->ket);
    kw_state_destroy(&q->bra);
    kw_observable_destroy(&q->cost);
    kw_plan_destroy(&q->shifted);
    kw_shift_rule_destroy(&q->rule);
    kw_plan_destroy(&q->plan);
    kw_circuit_destroy(&q->encoder);
    kw_ensemble_destroy(&q->ensemble);
    kw_comm_destroy(&q->comm);
    free(q);
    *qae = NULL;
}

/* F4  Reconstruct by classical shadows, compress by principal components. */
#include "models/qae_shadows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "baselines/overlap.h"
#include "baselines/pca.h"
#include "data/gram.h"

typedef struct {
    const kw_qae_config *config;
    kw_shadow_kind kind;
    int n, latent;
    size_t members, d;
    double *weights;     /* (members) */
    kw_complex *states;  /* (members x d) true ones */
    kw_complex *pure;    /* (members x d) reconstructed ones */
    kw_complex *mean;    /* (d x d) */
    kw_complex *one;     /* (d x d) */
    uint64_t bytes;      /* of states, and of what follows it */
    kw_shadow **shadows; /* (members) */
} trial;

static kw_status take_states(trial *t, const kw_ensemble *ensemble) {
    kw_state *state = NULL;
    uint64_t *indices = malloc(t->d * sizeof *indices);
    kw_status status = indices ? kw_state_create(kw_comm_self(), t->n, KW_DOUBLE, &state)
                               : kw_fail(KW_E_NOMEM, "no memory for %zu indices", t->d);
    for (size_t i = 0; status == KW_OK && i < t->d; ++i) indices[i] = i;
    for (size_t m = 0; status == KW_OK && m < t->members; ++m) {
        t->weights[m] = kw_ensemble_weight(ensemble, (int)m);
        status = kw_ensemble_prepare(ensemble, (int)m, state, NULL, 0);
        if (status == KW_OK) status = kw_state_amplitudes(state, indices, t->d, t->states + m * t->d);
    }
    kw_state_destroy(&state);
    free(indices);
    return status;
}

static kw_status prepare(trial *t) {
    kw_ensemble_config data = t->config->data;
    kw_ensemble *ensemble = NULL;
    if (t->n > KW_SHADOW_QUBITS)
        return kw_fail(KW_E_INPUT, "data.qubits = %d: classical shadows reconstruct up to %d", t->n, (int)KW_SHADOW_QUBITS);
    if (!data.lanczos_bytes) data.lanczos_bytes = kw_memory_per_rank() / 2;
    kw_status status = kw_ensemble_create(&data, &ensemble);
    if (status != KW_OK) return status;
    t->members = (size_t)kw_ensemble_members(ensemble);
    t->bytes = (2 * t->members + 2 * t->d) * t->d * sizeof *t->states;
    t->states = kw_block_alloc(t->bytes);
    t->weights = malloc(t->members * sizeof *t->weights);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
    t->shadows = calloc(t->members, sizeof *t->shadows);
    if (!t->states || !t->weights || !t->shadows) status = kw_fail(KW_E_NOMEM, "no memory for %zu states", t->members);
    for (size_t m = 0; status == KW_OK && m < t->members; ++m) status = kw_shadow_create(t->kind, t->n, &t->shadows[m]);
    if (status == KW_OK) {
        t->pure = t->states + t->members * t->d;
        t->mean = t->pure + t->members * t->d;
        t->one = t->mean + t->d * t->d;
        status = take_states(t, ensemble);
    }
    kw_ensemble_destroy(&ensemble);
    return status;
}

static void clear(trial *t) {
    for (size_t m = 0; t->shadows && m < t->members; ++m) kw_shadow_destroy(&t->shadows[m]);
    if (t->states) kw_block_free(t->states, t->bytes);
    free(t->weights);
    free(t->shadows);
}

/* ---- scores ---- */

/* The closest pure states, and the mean of all estimates. */
static kw_status reconstruct(trial *t, kw_shadow_score *out) {
    const size_t numbers = t->d * t->d;
    kw_status status = KW_OK;
    memset(t->mean, 0, numbers * sizeof *t->mean);
    for (size_t m = 0; status == KW_OK && m < t->members; ++m) {
        memset(t->one, 0, numbers * sizeof *t->one);
        kw_shadow_estimate(t->shadows[m], 1, t->one);
        for (size_t i = 0; i < numbers; ++i) t->mean[i] += t->weights[m] * t->one[i];
        status = kw_leading_vectors(t->one, t->d, 1, t->pure + m * t->d);
        out->state_infidelity += t->weights[m] * (1 - kw_vector_fidelity(t->pure + m * t->d, t->states + m * t->d, t->d));
    }
    return status;
}

/* Mean of 1 - <psi|P|psi> over the true states; norms: (members) scratch. */
static kw_status compress(const trial *t, double *norms, kw_shadow_score *out) {
    kw_pca *pca = NULL;
    kw_status status = kw_pca_create(t->n, t->latent, t->pure, t->weights, t->members, &pca);
    if (status == KW_OK) status = kw_pca_run(pca, t->states, t->members, NULL, NULL, norms);
    kw_pca_destroy(&pca);
    for (size_t m = 0; status == KW_OK && m < t->members; ++m) out->infidelity += t->weights[m] * (1 - norms[m] * norms[m]);
    return status;
}

/* The eigenvectors take the place of the matrix that was added to the mean last. */
static kw_status compress_mean(const trial *t, kw_shadow_score *out) {
    const size_t kept = (size_t)1 << t->latent;
    const kw_status status = kw_leading_vectors(t->mean, t->d, kept, t->one);
    for (size_t m = 0; status == KW_OK && m < t->members; ++m) {
        double inside = 0;
        for (size_t a = 0; a < kept; ++a) inside += kw_vector_fidelity(t->one + a * t->d, t->states + m * t->d, t->d);
        out->mean_infidelity += t->weights[m] * (1 - inside);
    }
    return status;
}

static kw_status score(trial *t, double optimum_error, double *norms, kw_shadow_score *out) {
    const double d = (double)t->d, each = (double)kw_shadow_copies(t->shadows[0]);
    const double theory = 2 * (d * d - 1) / (d + 2) / each;
    *out = (kw_shadow_score){.copies = t->members * kw_shadow_copies(t->shadows[0]),
                             .optimum_error = optimum_error,
                             .state_theory = t->kind == KW_SHADOW_CLIFFORD && theory < 0.5 ? theory : NAN,
                             .tomography_error = kw_tomography_error(1, d, each)};
    kw_status status = reconstruct(t, out);
    if (status == KW_OK) status = compress(t, norms, out);
    return status == KW_OK ? compress_mean(t, out) : status;
}

/* The exact optimum of the true states; eigenvalues: (members) scratch. */
static kw_status find_optimum(const trial *t, double *error) {
    kw_pca *pca = NULL;
    const kw_status status = kw_pca_create(t->n, t->latent, t->states, t->weights, t->members, &pca);
    if (status == KW_OK) *error = kw_optimum_error(kw_pca_eigenvalues(pca), (int)t->members, t->latent);
    kw_pca_destroy(&pca);
    return status;
}

static kw_status measure_and_score(trial *t, uint64_t seed, const uint64_t *copies, size_t count, kw_shadow_score *scores) {
    double optimum_error = 0, *norms = malloc(t->members * sizeof *norms);
    kw_status status = norms ? find_optimum(t, &optimum_error) : kw_fail(KW_E_NOMEM, "no memory for %zu norms", t->members);
    for (size_t i = 0; status == KW_OK && i < count; ++i) {
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): every ensemble has members */
        const uint64_t each = copies[i] / t->members, before = kw_shadow_copies(t->shadows[0]);
        if (!each || each < before) {
            status = kw_fail(KW_E_ARG, "%llu copies of %zu states: expected ascending totals, a copy of each at least",
                             (unsigned long long)copies[i], t->members);
            break;
        }
        for (size_t m = 0; m < t->members; ++m)
            kw_shadow_measure(t->shadows[m], t->states + m * t->d, seed, m, each - before);
        status = score(t, optimum_error, norms, &scores[i]);
    }
    free(norms);
    return status;
}

kw_status kw_qae_shadows(const kw_qae_config *config, kw_shadow_kind kind, uint64_t seed, const uint64_t *copies,
                         size_t count, kw_shadow_score *scores) {
    const int n = config->data.n_qubits;
    trial t = {.config = config, .kind = kind, .n = n, .latent = n - config->n_trash, .d = (size_t)kw_bit(n)};
    kw_status status = prepare(&t);
    if (status == KW_OK) status = measure_and_score(&t, seed, copies, count, scores);
    clear(&t);
    return status;
}

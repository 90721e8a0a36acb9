/* F4  The autoencoder as a channel: by the branches of the latent state, sum_k lambda_k |v_k><v_k|. */
#include "models/qae_channel.h"

#include <complex.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "ketwall/plan.h"

enum { MOST_LATENT = 12, MOST_QUBITS = 28 };
#define LEAST_BRANCH 1e-15 /* probability of a branch that is rounding */

struct kw_qae_channel {
    int n, n_latent, n_trash;
    int latent_places[KW_MAX_QUBITS], trash_places[KW_MAX_QUBITS];
    size_t amplitudes, m;
    double *theta;
    kw_plan *encoder, *decoder;
    kw_state *state;
    uint64_t *indices;                       /* 0 ... 2^n - 1 */
    kw_complex *work;                        /* (2^n) */
    kw_complex *rho, *vectors, *again, *one; /* (m, m) each; one: that of a branch */
    double *lambda;                          /* (m) */
};

void kw_qae_channel_destroy(kw_qae_channel **channel) {
    kw_qae_channel *c = *channel;
    if (!c) return;
    kw_plan_destroy(&c->encoder);
    kw_plan_destroy(&c->decoder);
    kw_state_destroy(&c->state);
    free(c->theta);
    free(c->indices);
    free(c->work);
    free(c->rho);
    free(c->lambda);
    free(c);
    *channel = NULL;
}

static kw_status make_plans(kw_qae_channel *c, const kw_circuit *encoder) {
    kw_circuit *inverse = NULL;
    kw_status status = kw_circuit_inverse(encoder, &inverse);
    if (status == KW_OK) status = kw_plan_create(encoder, 1, &c->encoder);
    if (status == KW_OK) status = kw_plan_create(inverse, 1, &c->decoder);
    if (status == KW_OK) status = kw_state_create(kw_comm_self(), c->n, KW_DOUBLE, &c->state);
    kw_circuit_destroy(&inverse);
    return status;
}

static bool make_room(kw_qae_channel *c, size_t p) {
    c->theta = malloc((p + 1) * sizeof *c->theta);
    c->indices = malloc(c->amplitudes * sizeof *c->indices);
    c->work = malloc(c->amplitudes * sizeof *c->work);
    c->rho = malloc(4 * c->m * c->m * sizeof *c->rho);
    c->lambda = malloc(c->m * sizeof *c->lambda);
    if (!c->theta || !c->indices || !c->work || !c->rho || !c->lambda) return false;
    c->vectors = c->rho + c->m * c->m;
    c->again = c->vectors + c->m * c->m;
    c->one = c->again + c->m * c->m;
    for (size_t i = 0; i < c->amplitudes; ++i) c->indices[i] = i;
    return true;
}

kw_status kw_qae_channel_create(const kw_circuit *encoder, const double *theta, uint64_t trash_mask, kw_qae_channel **out) {
    const int n = kw_circuit_qubits(encoder), trash = kw_popcount(trash_mask & (kw_bit(n) - 1));
    const size_t p = (size_t)kw_circuit_parameters(encoder);
    if (!trash || n - trash > MOST_LATENT || n > MOST_QUBITS)
        return kw_fail(KW_E_ARG, "a channel of %d latent and %d trash qubits: at most %d and at least one, %d in all",
                       n - trash, trash, MOST_LATENT, MOST_QUBITS);
    kw_qae_channel *c = calloc(1, sizeof *c);
    if (!c) return kw_fail(KW_E_NOMEM, "no memory for a channel");
    c->n = n;
    for (int q = 0; q < n; ++q) {
        if (trash_mask >> q & 1) c->trash_places[c->n_trash++] = q;
        else c->latent_places[c->n_latent++] = q;
    }
    c->amplitudes = (size_t)1 << n;
    c->m = (size_t)1 << c->n_latent;
    kw_status status = make_room(c, p) ? make_plans(c, encoder) : kw_fail(KW_E_NOMEM, "no memory for a channel");
    if (status == KW_OK && p) memcpy(c->theta, theta, p * sizeof *theta);
    if (status == KW_OK) *out = c;
    else kw_qae_channel_destroy(&c);
    return status;
}

/* ---- there ---- */

static kw_complex amplitude_of(const void *context, uint64_t index) { return ((const kw_complex *)context)[index]; }

/* psi <- plan psi */
static kw_status run(kw_qae_channel *c, const kw_plan *plan, const kw_complex *from, kw_complex *to) {
    kw_status status = kw_state_fill(c->state, amplitude_of, from);
    if (status == KW_OK) status = kw_plan_run(plan, c->theta, c->state);
    if (status == KW_OK) status = kw_state_amplitudes(c->state, c->indices, c->amplitudes, to);
    return status;
}

/* i = latent bits and trash bits t at their places */
static uint64_t index_of(const kw_qae_channel *c, uint64_t latent, uint64_t trash) {
    return kw_deposit(latent, c->latent_places, c->n_latent) | kw_deposit(trash, c->trash_places, c->n_trash);
}

kw_status kw_qae_channel_encode(kw_qae_channel *c, const kw_complex *psi, kw_complex *rho) {
    const kw_status status = run(c, c->encoder, psi, c->work);
    if (status != KW_OK) return status;
    memset(rho, 0, c->m * c->m * sizeof *rho);
    for (uint64_t t = 0; t < kw_bit(c->n_trash); ++t)
        for (size_t a = 0; a < c->m; ++a) {
            const kw_complex left = c->work[index_of(c, a, t)];
            if (left != 0)
                for (size_t b = 0; b < c->m; ++b) rho[a * c->m + b] += left * conj(c->work[index_of(c, b, t)]);
        }
    return KW_OK;
}

/* ---- and back ---- */

static double trace_of_product(const kw_complex *a, const kw_complex *b, size_t m) {
    double sum = 0;
    for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < m; ++j) sum += creal(a[i * m + j] * b[j * m + i]);
    return sum;
}

static void add_branch(const kw_qae_channel *c, double lambda, const kw_complex *psi, uint64_t mask, kw_qae_passage *p) {
    const uint64_t lowest = mask & (~mask + 1), highest = mask ? kw_bit(63 - __builtin_clzll(mask)) : 0;
    kw_complex inner = 0;
    double norm = 0, all = 0, first = 0, last = 0;
    for (uint64_t i = 0; i < c->amplitudes; ++i) {
        const double weight = creal(c->work[i] * conj(c->work[i]));
        inner += conj(psi[i]) * c->work[i];
        norm += weight;
        all += kw_popcount(i & mask) & 1 ? -weight : weight;
        first += i & lowest ? -weight : weight;
        last += i & highest ? -weight : weight;
    }
    p->fidelity += lambda * creal(inner * conj(inner));
    p->trace += lambda * norm;
    p->correlation += lambda * all;
    p->single[0] += lambda * first;
    p->single[1] += lambda * last;
}

/* Branch k, decoded into work, judged, and encoded again into the sum `again`. */
static kw_status follow(kw_qae_channel *c, size_t k, const kw_complex *psi, uint64_t mask, kw_qae_passage *p) {
    kw_complex *decoded = calloc(c->amplitudes, sizeof *decoded);
    if (!decoded) return kw_fail(KW_E_NOMEM, "no memory for a branch of a channel");
    for (size_t a = 0; a < c->m; ++a) decoded[index_of(c, a, 0)] = c->vectors[a * c->m + k];
    kw_status status = run(c, c->decoder, decoded, c->work);
    if (status == KW_OK) {
        add_branch(c, c->lambda[k], psi, mask, p);
        memcpy(decoded, c->work, c->amplitudes * sizeof *decoded);
        status = kw_qae_channel_encode(c, decoded, c->one);
    }
    for (size_t i = 0; status == KW_OK && i < c->m * c->m; ++i) c->again[i] += c->lambda[k] * c->one[i];
    free(decoded);
    return status;
}

kw_status kw_qae_channel_pass(kw_qae_channel *c, const kw_complex *psi, uint64_t mask, kw_qae_passage *out) {
    const size_t items = c->m * c->m;
    kw_qae_passage p = {0};
    kw_status status = kw_qae_channel_encode(c, psi, c->rho);
    if (status != KW_OK) return status;
    memcpy(c->vectors, c->rho, items * sizeof *c->vectors);
    memset(c->again, 0, items * sizeof *c->again);
    if (LAPACKE_zheev(LAPACK_ROW_MAJOR, 'V', 'U', (int)c->m, c->vectors, (int)c->m, c->lambda))
        return kw_fail(KW_E_INTERNAL, "LAPACK finds no eigenvectors of a latent state");
    for (size_t k = 0; k < c->m && status == KW_OK; ++k)
        if (c->lambda[k] > LEAST_BRANCH) status = follow(c, k, psi, mask, &p);
    if (status != KW_OK) return status;
    p.purity = trace_of_product(c->rho, c->rho, c->m);
    for (size_t i = 0; i < items; ++i) c->again[i] -= c->rho[i];
    p.reversal = sqrt(trace_of_product(c->again, c->again, c->m) / p.purity);
    *out = p;
    return KW_OK;
}

/* F4  Costs and gradients at random angles. */
#include "models/plateau.h"

#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/rng.h"

typedef struct {
    const kw_plateau_request *request;
    size_t p;
    kw_plan *plan;
    kw_observable *cost;
    kw_state *ket, *bra;
    double *theta, *g, *one; /* (p) each */
    double *costs, *squares; /* (starts): cost, |gradient|^2 / p */
} sampler;

uint64_t kw_plateau_bytes(int n_qubits, int ranks) { return 2 * kw_state_bytes(n_qubits, KW_DOUBLE, ranks); }

static void clear(sampler *s) {
    kw_state_destroy(&s->ket);
    kw_state_destroy(&s->bra);
    kw_observable_destroy(&s->cost);
    kw_plan_destroy(&s->plan);
    free(s->theta);
    free(s->costs);
}

static kw_status prepare(kw_comm *comm, sampler *s) {
    const kw_plateau_request *r = s->request;
    const int n = kw_circuit_qubits(r->circuit);
    kw_status status = r->starts >= 2 ? KW_OK : kw_fail(KW_E_ARG, "a variance needs at least 2 random starts");
    if (status == KW_OK) status = kw_plan_create(r->circuit, kw_comm_size(comm), &s->plan);
    if (status == KW_OK) status = kw_observable_trash(n, r->trash_mask, r->cost, &s->cost);
    if (status == KW_OK) {
        s->theta = malloc((3 * s->p + 1) * sizeof *s->theta);
        s->costs = malloc(2 * r->starts * sizeof *s->costs);
        if (!s->theta || !s->costs) status = kw_fail(KW_E_NOMEM, "no memory for %zu angles", s->p);
    }
    status = kw_comm_agree(comm, status);
    if (status != KW_OK) return status;
    s->g = s->theta + s->p;
    s->one = s->g + s->p;
    s->squares = s->costs + r->starts;
    status = kw_comm_agree(comm, kw_state_create(comm, n, KW_DOUBLE, &s->ket));
    return status == KW_OK ? kw_comm_agree(comm, kw_state_create(comm, n, KW_DOUBLE, &s->bra)) : status;
}

/* Cost and gradient over the ensemble. */
static kw_status evaluate(sampler *s, double *f) {
    const kw_ensemble *ensemble = s->request->ensemble;
    const int members = ensemble ? kw_ensemble_members(ensemble) : 1;
    *f = 0;
    for (size_t j = 0; j < s->p; ++j) s->g[j] = 0;
    for (int i = 0; i < members; ++i) {
        const double weight = ensemble ? kw_ensemble_weight(ensemble, i) : 1;
        double value;
        kw_status status = ensemble ? kw_ensemble_prepare(ensemble, i, s->ket, NULL, 0) : kw_state_set_basis(s->ket, 0);
        if (status == KW_OK)
            status = kw_plan_gradient(s->plan, s->theta, s->cost, s->ket, s->bra, &value, s->one, NULL, NULL);
        if (status != KW_OK) return status;
        *f += weight * value;
        for (size_t j = 0; j < s->p; ++j) s->g[j] += weight * s->one[j];
    }
    return KW_OK;
}

static kw_status sample(sampler *s, uint64_t start) {
    const kw_rng rng = kw_rng_make(s->request->seed, KW_STREAM_PARAMETERS, start);
    for (size_t j = 0; j < s->p; ++j) s->theta[j] = 2 * M_PI * kw_rng_uniform(&rng, j);
    const kw_status status = evaluate(s, &s->costs[start]);
    s->squares[start] = 0;
    for (size_t j = 0; j < s->p; ++j) s->squares[start] += s->g[j] * s->g[j] / (double)s->p;
    return status;
}

static void moments(const double *values, uint64_t count, double *mean, double *second, double *fourth) {
    *mean = *second = *fourth = 0;
    for (uint64_t i = 0; i < count; ++i) *mean += values[i] / (double)count;
    for (uint64_t i = 0; i < count; ++i) {
        const double square = (values[i] - *mean) * (values[i] - *mean);
        *second += square / (double)(count - 1);
        *fourth += square * square / (double)count;
    }
}

kw_status kw_plateau_measure(kw_comm *comm, const kw_plateau_request *request, kw_plateau *out) {
    sampler s = {.request = request, .p = (size_t)kw_circuit_parameters(request->circuit)};
    kw_status status = prepare(comm, &s);
    for (uint64_t start = 0; start < request->starts && status == KW_OK; ++start) status = sample(&s, start);
    status = kw_comm_agree(comm, status);
    if (status == KW_OK) {
        const double count = (double)request->starts;
        double second, fourth;
        moments(s.costs, request->starts, &out->mean, &out->variance, &fourth);
        out->mean_error = sqrt(out->variance / count);
        out->variance_error = sqrt(fmax(fourth - out->variance * out->variance, 0) / count);
        moments(s.squares, request->starts, &out->gradient, &second, &fourth);
        out->gradient_error = sqrt(second / count);
    }
    clear(&s);
    return status;
}

kw_status kw_plateau_product(int n_qubits, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(n_qubits, &circuit);
    for (int q = 0; q < n_qubits && status == KW_OK; ++q) {
        const kw_angle angle = kw_angle_parameter(q);
        status = kw_circuit_append(circuit, KW_GATE_RX, &q, 1, &angle);
    }
    if (status == KW_OK) *out = circuit;
    else kw_circuit_destroy(&circuit);
    return status;
}

double kw_plateau_mean(kw_trash_cost cost, int n_trash) { return cost == KW_COST_LOCAL ? 0.5 : 1 - ldexp(1, -n_trash); }

double kw_plateau_product_gradient(kw_trash_cost cost, int n) {
    return cost == KW_COST_LOCAL ? 1 / (8.0 * n * n) : pow(0.375, n - 1) / 8;
}

double kw_plateau_product_variance(kw_trash_cost cost, int n) {
    return cost == KW_COST_LOCAL ? 1 / (8.0 * n) : pow(0.375, n) - pow(0.25, n);
}

double kw_plateau_haar_variance(kw_trash_cost cost, int n, int n_trash, double purity) {
    const double d = ldexp(1, n), m = ldexp(1, n - n_trash);
    const double spread = cost == KW_COST_LOCAL ? d / (4 * n_trash) : m - m * m / d;
    return (purity - 1 / d) * spread / (d * d - 1);
}

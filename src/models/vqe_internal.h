/* F4  Inside of the variational eigensolver: states, energies, the controls beside them. */
#ifndef KW_VQE_INTERNAL_H
#define KW_VQE_INTERNAL_H

#include "models/vqe.h"

/* X(CONSTANT, "name in metrics.jsonl") of what a row holds behind KW_ROW_COMMON */
#define KW_VQE_COLUMNS(X)                                                                                                   \
    X(KW_VQE_ENERGY, "energy")                                                                                              \
    X(KW_VQE_VARIANCE, "variance")

enum {
    KW_VQE_BEFORE = KW_ROW_OWN - 1,
#define KW_VQE_CONSTANT(constant, name) constant,
    KW_VQE_COLUMNS(KW_VQE_CONSTANT)
#undef KW_VQE_CONSTANT
        KW_VQE_ROW_NUMBERS
};

/* The classical answers that the result stands beside. */
typedef struct {
    bool known;           /* the exact ground-state energy */
    double exact;         /* or NaN */
    const char *method;   /* "Lanczos", "dense diagonalisation", "all basis states", "free fermions", "" */
    double residual;      /* |H v - E v| of the exact one */
    double product;       /* best product state found */
    bool has_best_sample; /* diagonal Hamiltonians: the best of the basis states sampled at the end */
    uint64_t best_sample;
    double best_energy;
} kw_vqe_controls;

typedef struct {
    kw_vqe_config *config;
    kw_vqe_forecast forecast;
    kw_comm *world, *comm; /* comm: the ranks that share the state */
    kw_plan *plan;
    kw_observable *energy, **strings; /* strings: one per term, where they are measured by shots; else NULL */
    kw_state *ket, *bra;              /* bra: NULL where no gradient is taken */
    kw_vqe_controls controls;
    uint64_t peak_bytes; /* of the controls */
} kw_vqe;

/** Computes the controls, then makes states and plan.                                                      @collective */
kw_status kw_vqe_create(kw_comm *world, kw_vqe_config *config, const kw_vqe_forecast *forecast, kw_vqe **out);
void kw_vqe_destroy(kw_vqe **vqe);

/** E(theta), from train.shots shots per Pauli string (keyed by `evaluation`) or exact.                     @collective */
kw_status kw_vqe_value(kw_vqe *q, uint64_t evaluation, const double *theta, double *f);

/** Exact E(theta) and its adjoint gradient (p).                                                            @collective */
kw_status kw_vqe_gradient(kw_vqe *q, const double *theta, double *f, double *g);

/** Exact energy, and its variance <H^2> - <H>^2, which is 0 for an eigenstate (NaN without a second state).  The state of
 *  theta stays in `ket`.                                                                                   @collective */
kw_status kw_vqe_evaluate(kw_vqe *q, const double *theta, double *energy, double *variance);

/** Of a diagonal Hamiltonian: the best basis state of KW_VQE_SAMPLES drawn from the state in `ket`.        @collective */
enum { KW_VQE_SAMPLES = 1024 };
kw_status kw_vqe_best_sample(kw_vqe *q);

typedef struct {
    double energy, variance;
    kw_infidelity infidelity; /* of the state by rounding */
    uint64_t exchanges, bytes_exchanged, peak_bytes;
} kw_vqe_summary;

/** What result.json holds beside what kw_training_finish adds; NULL without memory.                             @local */
json_t *kw_vqe_result_json(const kw_vqe *q, const kw_vqe_summary *summary);

#endif

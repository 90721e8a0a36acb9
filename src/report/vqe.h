/* F5  What a run of the variational eigensolver holds.  Numbers that a file does not hold are NaN. */
#ifndef KW_REPORT_VQE_H
#define KW_REPORT_VQE_H

#include "report/kind.h"

/* X(CONSTANT, "name in metrics.jsonl") of what a row holds behind KW_ROW_COMMON */
#define KW_VQE_STEP_LIST(X)                                                                                                 \
    X(KW_VQE_STEP_ENERGY, "energy")                                                                                         \
    X(KW_VQE_STEP_VARIANCE, "variance")

enum { KW_VQE_STEP_BEFORE = KW_ROW_OWN - 1, KW_VQE_STEP_LIST(KW_KIND_STEP_CONSTANT) };

/* Energies are in the units of the Hamiltonian. */
typedef struct {
    double energy, variance; /* <H>, <H^2> - <H>^2 */
    double exact;            /* ground-state energy */
    const char *method;      /* that gave `exact`; NULL: not said */
    double residual;         /* |H v - E v| of `exact` */
    double product;          /* best product state found: the classical control */
    double gap;              /* energy - exact */
    double closed;           /* (product - energy) / (product - exact); NaN, too, if a product state is exact */
    double open;             /* 1 - closed with its digits kept */
    const char *best_bits;   /* best basis state sampled at the end; NULL: none */
    double best_energy;
    double rounding; /* energies that differ by less are the same */
} kw_vqe_numbers;

/** Texts belong to `run`.                                                                                        @local */
kw_vqe_numbers kw_vqe_numbers_of(const kw_run *run);

void kw_vqe_headline(const kw_run *run, FILE *out);
void kw_vqe_compare(const kw_run *run, kw_table *table);
void kw_vqe_tiles(const kw_run *run, FILE *out);
void kw_vqe_results(const kw_run *run, FILE *out);

bool kw_vqe_draw_energy(const kw_run *run, FILE *out);
bool kw_vqe_draw_convergence(const kw_run *run, FILE *out);

#endif

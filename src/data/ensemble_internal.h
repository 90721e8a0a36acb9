/* F2  What the files of the ensemble share: the described ensemble and the four ways to make a member. */
#ifndef KW_ENSEMBLE_INTERNAL_H
#define KW_ENSEMBLE_INTERNAL_H

#include "data/ensemble.h"
#include "data/substream.h"
#include "ketwall/circuit.h"
#include "ketwall/plan.h"
#include "ketwall/qasm.h"

/* The family's continuous parameter.  phi = 2 pi numerator / denominator exactly, so that j phi keeps its digits for
 * string numbers j up to 10^17. */
typedef struct {
    double value; /* ghz-angle: a; identical: cos theta; tfim: h; heisenberg: Delta; hubbard: t */
    uint64_t numerator, denominator;
} kw_parameter;

enum { KW_PLAN_SLOTS = 64 };

struct kw_ensemble {
    kw_ensemble_config config; /* owns its arrays */
    int members;
    double *weights;
    kw_parameter *parameters;
    kw_circuit *circuit;   /* scrambling (no parameters), adiabatic, or brickwork; NULL for the others */
    kw_plan **plans;       /* of `circuit`, by log2(ranks), made when first needed */
    kw_program **programs; /* files: (members), NULL where the file holds a state; NULL for the others */
};

/* families.c: members, weights and parameters; closed-form amplitudes */
kw_status kw_family_sample(kw_ensemble *ensemble);
kw_status kw_family_fill(const kw_ensemble *ensemble, int member, kw_state *state);

/* The circuit that makes a member from a basis state, but for angles of its own; NULL: none, or one that Lanczos may replace
 */
const kw_circuit *kw_ensemble_member_circuit(const kw_ensemble *ensemble, int member);

/* scramble.c: basis state `member`, then a random circuit */
kw_status kw_scramble_circuit(const kw_ensemble_config *config, kw_circuit **out);
kw_status kw_scramble_prepare(const kw_ensemble *ensemble, int member, kw_state *state);
kw_status kw_ensemble_plan(const kw_ensemble *ensemble, int ranks, const kw_plan **out);
/* Traffic of running a circuit and restoring logical order, and bytes of its plan. */
kw_status kw_ensemble_foretell(const kw_circuit *circuit, kw_precision precision, int ranks, kw_traffic *traffic,
                               uint64_t *bytes);

/* brickwork.c: |0..0>, then a circuit with random angles of the member's own */
kw_status kw_brickwork_circuit(const kw_ensemble_config *config, kw_circuit **out);
kw_status kw_brickwork_prepare(const kw_ensemble *ensemble, int member, kw_state *state);

/* ground.c: Lanczos, or the adiabatic circuit where Lanczos vectors do not fit */
kw_status kw_ground_prepare(const kw_ensemble *ensemble, int member, kw_state *state, char *note, size_t note_bytes);
kw_status kw_ground_prepare_need(const kw_ensemble *ensemble, kw_precision precision, int ranks, kw_prepare_need *out);

/* files.c: states from HDF5 files, circuits from OpenQASM files */
kw_status kw_files_read(kw_ensemble *ensemble);
kw_status kw_files_prepare(const kw_ensemble *ensemble, int member, kw_state *state);
kw_status kw_files_prepare_need(const kw_ensemble *ensemble, int member, kw_precision precision, int ranks,
                                kw_prepare_need *out);

static inline bool kw_family_is_scrambled(kw_family f) { return f == KW_FAMILY_STABILIZER || f == KW_FAMILY_SPECTRUM; }
static inline bool kw_family_has_adiabatic(kw_family f) { return f == KW_FAMILY_TFIM || f == KW_FAMILY_HEISENBERG; }
static inline bool kw_family_is_ground(kw_family f) { return kw_family_has_adiabatic(f) || f == KW_FAMILY_HUBBARD; }

#endif

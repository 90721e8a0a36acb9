/* F5  The memory wall: other representations of the same states, measured where they can be made and else by formula. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "baselines/mps.h"
#include "baselines/tableau.h"
#include "models/training.h"
#include "studies/wall.h"
#include "studies/wall_circuits.h"

/* Networks are alike for all states, by formula; matrix product states and tableaux follow, per state. */
typedef enum { DENSE, FULL, CONVOLUTION, FORMULAS } formula;

static const char *const formula_names[] = {"dense autoencoder", "one full layer", "1-D CNN"};

enum { STATES = 16 };

typedef struct {
    const kw_sweep *sweep;
    const kw_config *config;
    size_t states, sizes;
    const char *const *state;
    const int64_t *qubits;
    kw_wall_state kind[STATES];
} representations;

/* ---- by formula ---- */

#define REAL 4.0 /* bytes of a weight or activation: single precision, as networks are trained */

/* A network reads D = 2^(n+1) real numbers, z of them in the middle:
 *   dense  D -> z -> D with biases: 2 D z + D + z
 *   full   one layer that could be any map of 2^n x 2^n complex numbers: D^2
 *   CNN    n layers of kernel 3, stride 2 and z channels down to one site, and as many up: 2 (6 z + 3 z^2 (n - 1)) weights
 * and 2 n z - z + 2 biases; its layers hold z (2^n + ... + 1) numbers each way */
static double parameters_of(formula f, int n, double z) {
    const double d = ldexp(2, n);
    if (f == DENSE) return 2 * d * z + d + z;
    if (f == FULL) return d * d;
    return 12 * z + 6 * z * z * (n - 1) + (2 * n - 1) * z + 2;
}

/* Input, output, and what lies between. */
static double activations_of(formula f, int n, double z) {
    const double d = ldexp(2, n);
    return 2 * d + (f == CONVOLUTION ? 2 * z * (ldexp(1, n) - 1) : f == DENSE ? z : 0);
}

static void set_formula(formula f, int n, double z, json_t *row) {
    const double parameters = parameters_of(f, n, z);
    kw_json_set(row, "parameters", parameters);
    kw_json_set(row, "bytes", REAL * parameters);
    kw_json_set(row, "work_bytes", REAL * (parameters + activations_of(f, n, z)));
}

/* ---- matrix product states ---- */

#define ROUNDING 1e-15 /* a tolerance below which fidelities are not told apart */

/* What cannot be made is a row, too: it says why. */
static bool is_answer(kw_status status) { return status == KW_E_FIT || status == KW_E_INPUT; }

static kw_mps_settings settings_of(const representations *r) {
    return (kw_mps_settings){.max_bond = (int)kw_config_int(r->config, "study.mps_bond"),
                             .least_fidelity = 1 - kw_config_real(r->config, "study.tolerance"),
                             .max_bytes = kw_sweep_memory(r->sweep)};
}

/* From a circuit, or from the vector where there is one. */
static kw_status make_mps(const representations *r, const kw_wall_state *state, int n, kw_mps **out) {
    const kw_mps_settings settings = settings_of(r);
    kw_circuit *circuit = NULL;
    kw_complex *vector = NULL;
    kw_status status;
    if (kw_wall_has_circuit(state)) {
        status = kw_wall_circuit(state, n, &circuit);
        if (status == KW_OK) status = kw_mps_create(n, &settings, out);
        if (status == KW_OK) status = kw_mps_run(*out, circuit, NULL);
    } else if (n > kw_config_int(r->config, "study.vector_most"))
        status = kw_fail(KW_E_FIT, "no statevector of %d qubits to split (study.vector_most)", n);
    else {
        status = kw_wall_vector(state, n, kw_sweep_memory(r->sweep), &vector);
        if (status == KW_OK) status = kw_mps_from_vector(n, vector, &settings, out);
    }
    kw_circuit_destroy(&circuit);
    kw_wall_vector_free(vector, n);
    return status;
}

static kw_complex at(const void *context, uint64_t index) { return ((const kw_complex *)context)[index]; }

static kw_status compare(const representations *r, const kw_wall_state *state, int n, const kw_mps *mps, json_t *row) {
    kw_complex *vector = NULL;
    double fidelity = NAN;
    if (n > kw_config_int(r->config, "study.vector_most")) return KW_OK;
    kw_status status = kw_wall_vector(state, n, kw_sweep_memory(r->sweep), &vector);
    if (status == KW_OK) status = kw_mps_fidelity(mps, at, vector, &fidelity);
    if (status == KW_OK) kw_json_set(row, "infidelity_measured", fmax(1 - fidelity, 0));
    kw_wall_vector_free(vector, n);
    return status;
}

static kw_status set_mps(const representations *r, const kw_wall_state *state, int n, json_t *row) {
    const double tolerance = kw_config_real(r->config, "study.tolerance"), start = kw_seconds();
    kw_mps *mps = NULL, *kept = NULL;
    int bond = 0, least = 0;
    kw_json_set(row, "full_bytes", (double)kw_mps_bytes_at(n, 0));
    kw_status status = make_mps(r, state, n, &mps);
    if (status == KW_OK) { /* what its circuit has not lost yet */
        const double left = 1 - (1 - tolerance) / kw_mps_account_of(mps).fidelity;
        status = kw_mps_needed_bond(mps, fmax(left, ROUNDING), &bond, &least, &kept);
    }
    if (status == KW_OK) {
        const kw_mps_account account = kw_mps_account_of(kept), whole = kw_mps_account_of(mps);
        kw_json_set(row, "bond", bond);
        kw_json_set(row, "bond_least", least);
        kw_json_set(row, "parameters", (double)account.bytes / sizeof(kw_complex));
        kw_json_set(row, "bytes", (double)account.bytes);
        kw_json_set(row, "work_bytes", (double)whole.peak_bytes);
        kw_json_set(row, "infidelity", fmax(1 - account.fidelity * whole.fidelity, 0));
        kw_json_set(row, "seconds", kw_seconds() - start);
        status = compare(r, state, n, kept, row);
    }
    kw_mps_destroy(&mps);
    kw_mps_destroy(&kept);
    if (!is_answer(status)) return status;
    json_object_set_new(row, "note", json_string(kw_error_message()));
    return KW_OK;
}

/* ---- tableaux ---- */

static kw_status set_tableau(const kw_wall_state *state, int n, json_t *row) {
    const double start = kw_seconds();
    kw_circuit *circuit = NULL;
    kw_tableau *tableau = NULL;
    kw_status status = kw_wall_has_circuit(state)
                           ? kw_wall_circuit(state, n, &circuit)
                           : kw_fail(KW_E_INPUT, "no Clifford circuit makes a ground state of this chain");
    if (status == KW_OK) status = kw_tableau_create(n, &tableau);
    if (status == KW_OK) status = kw_tableau_run(tableau, circuit, NULL);
    if (status == KW_OK) {
        kw_json_set(row, "bytes", (double)kw_tableau_bytes(n));
        kw_json_set(row, "work_bytes", (double)kw_tableau_bytes(n));
        kw_json_set(row, "seconds", kw_seconds() - start);
    }
    kw_tableau_destroy(&tableau);
    kw_circuit_destroy(&circuit);
    if (!is_answer(status)) return status;
    json_object_set_new(row, "note", json_string(kw_error_message()));
    return KW_OK;
}

/* ---- rows: formulas by size, then for every state an MPS and a tableau by size ---- */

typedef struct {
    bool formula, tableau;
    size_t which; /* formula, or state */
    int qubits;
    char storage[80];
} place;

static place place_of(const representations *r, size_t i) {
    place p = {.qubits = (int)r->qubits[i % r->sizes], .which = i / r->sizes};
    p.formula = p.which < FORMULAS;
    if (p.formula) {
        snprintf(p.storage, sizeof p.storage, "%s", formula_names[p.which]);
        return p;
    }
    p.tableau = (p.which - FORMULAS) % 2;
    p.which = (p.which - FORMULAS) / 2;
    if (p.tableau) snprintf(p.storage, sizeof p.storage, "tableau");
    else snprintf(p.storage, sizeof p.storage, "MPS, %s", r->state[p.which]);
    return p;
}

static const char *state_of(const representations *r, const place *p) { return p->formula ? "any" : r->state[p->which]; }

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const place p = place_of(context, i);
    snprintf(text, KW_SWEEP_NAME, "%s, %s, %s, %d qubits", p.formula ? KW_WALL_NETWORKS : KW_WALL_REPRESENTATION, p.storage,
             state_of(context, &p), p.qubits);
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const representations *r = context;
    const place p = place_of(r, i);
    kw_status status = KW_OK;
    (void)comm;
    json_t *made =
        kw_wall_new_row(p.formula ? KW_WALL_NETWORKS : KW_WALL_REPRESENTATION, state_of(r, &p), p.storage, NULL, p.qubits);
    if (!made) return kw_fail(KW_E_NOMEM, "no memory for a row");
    kw_json_set(made, "vector_bytes", ldexp(16, p.qubits));
    if (p.formula) set_formula((formula)p.which, p.qubits, (double)kw_config_int(r->config, "study.latent"), made);
    else if (p.tableau) status = set_tableau(&r->kind[p.which], p.qubits, made);
    else status = set_mps(r, &r->kind[p.which], p.qubits, made);
    if (status == KW_OK) *row = made;
    else json_decref(made);
    return status;
}

static kw_status read_states(representations *r) {
    r->states = kw_config_texts(r->config, "study.states", &r->state);
    r->sizes = kw_config_ints(r->config, "study.sizes", &r->qubits);
    kw_status status = KW_OK;
    if (r->states > STATES) status = kw_fail(KW_E_INPUT, "study.states: at most %d", STATES);
    for (size_t i = 0; i < r->states && status == KW_OK; ++i)
        status = kw_wall_state_parse(r->state[i], kw_config_real(r->config, "study.coupling"), &r->kind[i]);
    return status;
}

kw_status kw_wall_check_states(const kw_config *config) { return read_states(&(representations){.config = config}); }

kw_status kw_wall_representations(kw_sweep *sweep) {
    representations r = {.sweep = sweep, .config = kw_sweep_config(sweep)};
    const kw_status status = kw_comm_agree(kw_sweep_world(sweep), read_states(&r));
    const kw_sweep_source source = {name_row, measure, &r};
    return status == KW_OK ? kw_sweep_rows(sweep, (FORMULAS + 2 * r.states) * r.sizes, true, &source) : status;
}

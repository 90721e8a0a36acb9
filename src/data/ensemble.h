/* F2  Ensembles of pure states {p_i, |psi_i>}: the families with known optimum, ground states, random states, files. */
#ifndef KW_ENSEMBLE_H
#define KW_ENSEMBLE_H

#include <stdbool.h>

#include "ketwall/circuit.h"
#include "ketwall/state.h"

/* X(KIND, "name", what |psi_i> is) */
#define KW_FAMILY_LIST(X)                                                                                                   \
    X(GHZ_ANGLE, "ghz-angle", "cos a |0..0> + sin a |1..1>, a in [0, pi)")                                                  \
    X(GHZ_PHASE, "ghz-phase", "(|0..0> + e^{i phi} |1..1>)/sqrt 2")                                                         \
    X(W_PHASE, "w-phase", "n^{-1/2} sum_j e^{i j phi} |1_j>")                                                               \
    X(W_GRADED, "w-graded", "sum_j a_j e^{i j phi} |1_j>, a_j^2 proportional to n - j (j = 0..n-1)")                        \
    X(DICKE_PHASE, "dicke-phase", "sum over strings of weight w, string j with phase e^{i j phi}")                          \
    X(CEREZO, "cerezo", "|0..0> with 2/3, qubits 0, 1, 2 set with 1/3 (arXiv 2001.00550, Eqs. 25-26)")                      \
    X(IDENTICAL, "identical", "|chi>^(x)n, chi uniform on the Bloch sphere")                                                \
    X(STABILIZER, "stabilizer", "2^logical codewords of a random Clifford encoder (seed)")                                  \
    X(SECTOR, "sector", "Haar-random states of Hamming weight w")                                                           \
    X(SPECTRUM, "spectrum", "eigenvectors of a given spectrum, scrambled by a random circuit (seed)")                       \
    X(RANDOM, "random", "Haar-random states")                                                                               \
    X(TFIM, "tfim", "ground states of -sum ZZ - h sum X, h over a range")                                                   \
    X(HEISENBERG, "heisenberg", "ground states of sum (XX + YY + Delta ZZ), Delta over a range")                            \
    X(HUBBARD, "hubbard", "half-filled ground states of the Fermi-Hubbard model (Jordan-Wigner), hopping over a range")     \
    X(CIRCUIT, "circuit", "brickwork circuits of scramble_layers layers on |0..0>, random angles for every member")         \
    X(FILES, "files", "states from HDF5 files, or made by OpenQASM files (*.qasm)")

typedef enum {
#define KW_FAMILY_ENUM(kind, name, text) KW_FAMILY_##kind,
    KW_FAMILY_LIST(KW_FAMILY_ENUM)
#undef KW_FAMILY_ENUM
        KW_FAMILY_KINDS
} kw_family;

/* How the family's continuous parameter (angle, phase, Bloch vector) is chosen. */
typedef enum {
    KW_SAMPLING_GRID,      /* equally spaced; phases on the Fourier grid 2 pi i / members */
    KW_SAMPLING_RANDOM,    /* uniform, from the seed */
    KW_SAMPLING_QUADRATURE /* nodes and weights exact for the family's mean density matrix; sets the member count */
} kw_sampling;

typedef struct {
    kw_family family;
    int n_qubits, members; /* members: ignored by cerezo, stabilizer, spectrum, files and quadrature */
    kw_sampling sampling;
    uint64_t seed;
    int weight;                        /* dicke-phase, sector: number of ones */
    int logical;                       /* stabilizer: logical qubits */
    double coupling_min, coupling_max; /* tfim: h; heisenberg: Delta; hubbard: hopping t */
    bool periodic;                     /* tfim, heisenberg; hubbard: along x */
    int sites_x, sites_y;              /* hubbard: two qubits per site */
    double interaction;                /* hubbard: U */
    bool twice;                        /* hubbard: the bond of two periodic columns counts twice */
    const double *spectrum;            /* spectrum: eigenvalues, normalised here */
    size_t spectrum_count;
    const char *const *files; /* files: one state each, or a circuit that makes it from |0...0> */
    size_t file_count;
    int scramble_layers;    /* spectrum, stabilizer, circuit: layers of the random circuit */
    uint64_t lanczos_bytes; /* ground states: Lanczos vectors may take this much per rank; beyond, adiabatic circuit */
    int adiabatic_steps;    /* Trotter steps of that circuit */
} kw_ensemble_config;

typedef struct kw_ensemble kw_ensemble;

/** Describes an ensemble; no state is made yet.  Config arrays are copied.  OpenQASM files are read: final measurements are
 *  ignored, other measurements, resets and conditions refused.                                                   @local
 *  @return KW_OK, KW_E_INPUT (names the key data.* at fault, or a place in an OpenQASM file), KW_E_NOMEM */
kw_status kw_ensemble_create(const kw_ensemble_config *config, kw_ensemble **out);
void kw_ensemble_destroy(kw_ensemble **ensemble);

int kw_ensemble_members(const kw_ensemble *ensemble);
double kw_ensemble_weight(const kw_ensemble *ensemble, int member);                        /* p_i, sum 1 */
void kw_ensemble_label(const kw_ensemble *ensemble, int member, char *text, size_t bytes); /* "phi = 0.785" */

/** True if making a member costs much more than copying it (ground states, circuits, files): worth keeping. */
bool kw_ensemble_expensive(const kw_ensemble *ensemble);

/** The circuit behind the members, owned by the ensemble.  stabilizer, spectrum: the one that scrambles basis state
 * `member`, so that its inverse is the exact encoder onto the first qubits; tfim, heisenberg: the adiabatic one; circuit:
 * that of all members, whose angles are its parameters; others: NULL. @local */
const kw_circuit *kw_ensemble_circuit(const kw_ensemble *ensemble);

/** |state> <- |psi_member>, in logical order.  Ground states: Lanczos where its vectors fit into lanczos_bytes, from a start
 *  vector that fixes the sector: tfim, even under the flip of all spins; heisenberg, floor(n/2) ones; hubbard, half of the
 *  sites filled with each spin (beyond these bytes it is refused: it has no circuit).  An ensemble caches
 *  plans here, so threads that play ranks need one each.                                @collective over the state's ranks
 *  @param[out] note  if not NULL: what is worth telling ("Lanczos, 41 products, residual 1e-13"; "adiabatic circuit, energy
 *                    error 2e-4"), at most `note_bytes`
 *  @return KW_OK, KW_E_INPUT (file missing, or a state of another size), KW_E_IO (file damaged), KW_E_NOMEM, KW_E_ARG (a
 *          gate of its circuit needs more local qubits), KW_E_INTERNAL (no convergence: says what to change) */
kw_status kw_ensemble_prepare(const kw_ensemble *ensemble, int member, kw_state *state, char *note, size_t note_bytes);

/** What making one member takes, per rank. */
typedef struct {
    kw_traffic traffic;
    bool traffic_known; /* false: Lanczos on several ranks decides as it goes */
    uint64_t bytes;     /* counted, beside the state, while the first kw_ensemble_prepare runs; `kept` is part of it */
    uint64_t kept;      /* stays with the ensemble: the plan of kw_ensemble_circuit */
} kw_prepare_need;

/** What kw_ensemble_prepare of a member takes on `ranks` ranks.                                                 @local
 *  @return KW_OK, KW_E_ARG (a gate of its circuit needs more local qubits), KW_E_NOMEM */
kw_status kw_ensemble_prepare_need(const kw_ensemble *ensemble, int member, kw_precision precision, int ranks,
                                   kw_prepare_need *out);

/** Whether all members need the same; only members from files differ.                                           @local */
bool kw_ensemble_alike(const kw_ensemble *ensemble);

/** Fewest local qubits per rank with which every member can be made.                                            @local */
int kw_ensemble_least_local(const kw_ensemble *ensemble);

#endif

/* F5  States by name, as circuits and as vectors, for the representations that are compared. */
#ifndef KW_WALL_CIRCUITS_H
#define KW_WALL_CIRCUITS_H

#include <stdbool.h>

#include "ketwall/circuit.h"

typedef enum { KW_WALL_GHZ, KW_WALL_W, KW_WALL_CLUSTER, KW_WALL_TFIM, KW_WALL_RANDOM } kw_wall_family;

typedef struct {
    kw_wall_family family;
    int layers;      /* random */
    double coupling; /* tfim: h */
} kw_wall_state;

/** "ghz", "w", "cluster", "tfim", "random-<layers>".                                                              @local
 *  @return KW_OK, KW_E_INPUT (study.states) */
kw_status kw_wall_state_parse(const char *name, double coupling, kw_wall_state *out);

/** Whether a circuit makes it: all but ground states.                                                            @local */
bool kw_wall_has_circuit(const kw_wall_state *state);

/** ghz: H and CX; w: the excitation is handed on by controlled RY and CX; cluster: H and CZ; random: layers of random U3 and
 *  CZ between neighbours, even and odd bonds in turn, angles from a fixed seed.                                   @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_wall_circuit(const kw_wall_state *state, int n_qubits, kw_circuit **out);

/** Its 2^n amplitudes in double, made on this rank alone; kw_wall_vector_free frees them.                        @local
 *  @param[in] memory  bytes that Lanczos may take beside them
 *  @return KW_OK, KW_E_FIT, KW_E_NOMEM, KW_E_INTERNAL (Lanczos) */
kw_status kw_wall_vector(const kw_wall_state *which, int n_qubits, uint64_t memory, kw_complex **out);
void kw_wall_vector_free(kw_complex *vector, int n_qubits);

#endif

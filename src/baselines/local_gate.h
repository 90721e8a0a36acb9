/* F4  A gate of a circuit as one small matrix on all its qubits, controls included: what the simulators without a
 * statevector work with. */
#ifndef KW_LOCAL_GATE_H
#define KW_LOCAL_GATE_H

#include "ketwall/circuit.h"

typedef struct {
    int width, qubits[KW_MAX_TARGETS];            /* ascending */
    kw_complex matrix[1 << (2 * KW_MAX_TARGETS)]; /* row-major (2^width x 2^width); qubits[j] is bit j of the index */
    char name[32];                                /* "gate 17, cu3", for messages */
} kw_local_gate;

/** Gate `index` of a circuit at theta.                                                                           @local
 *  @return KW_OK, KW_E_ARG (no such gate; it has a parameter and theta is NULL), KW_E_INPUT (more than KW_MAX_TARGETS
 *          qubits) */
kw_status kw_local_gate_of(const kw_circuit *circuit, size_t index, const double *theta, kw_local_gate *out);

#endif

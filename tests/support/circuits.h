/* Circuits by name, of any width and depth. */
#ifndef TEST_CIRCUITS_H
#define TEST_CIRCUITS_H

#include "ketwall/circuit.h"

/** rqc      layers of random U3 and CZ between neighbours, even and odd bonds in turn
 *  hea      layers of random RY, RZ and a ladder of CX
 *  peaked   the same with RY angles within 0.1: stays near |0...0>
 *  pairs    layers of random U3 and CZ on random pairs
 *  qft      of the basis state 0b...0101 (X gates first); layers do not matter
 *  ghz      H and a ladder of CX
 *  trotter  steps exp(-i dt sum ZZ) exp(-i dt sum X), dt = 0.004, from the state of all RY(0.7)
 *  mirror   rqc and its inverse
 *  @return KW_OK, KW_E_INPUT (no such name), KW_E_NOMEM */
kw_status test_circuit(const char *name, int n, int layers, kw_circuit **out);

#endif

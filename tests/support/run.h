/* Shortcuts to run circuits on states.  What must succeed and does not ends the program with the library's message, so
 * these also work on virtual ranks. */
#ifndef TEST_RUN_H
#define TEST_RUN_H

#include "ketwall/plan.h"

#define TEST_MUST(call) test_must((call), #call, __FILE__, __LINE__)

void test_must(kw_status status, const char *call, const char *file, int line);

/** A state holding `vector` (2^n amplitudes), or |0...0> where it is NULL. */
kw_state *test_state(kw_comm *comm, int n, kw_precision precision, const kw_complex *vector);
void test_state_set(kw_state *state, const kw_complex *vector);

/** All 2^n amplitudes in logical order; the caller frees them. */
kw_complex *test_amplitudes(const kw_state *state);

/** Largest |amplitude - expected|; of packed states the norm of the difference, which is what their account bounds. */
double test_distance(const kw_state *state, const kw_complex *expected);

/** Plans and runs a circuit on a state in logical order. */
void test_execute(kw_comm *comm, const kw_circuit *circuit, const double *theta, kw_state *state);

/** Tolerance of amplitudes: 1e-12 or 1e-5. */
double test_tolerance(kw_precision precision);

/** Whether states of n qubits in this precision exist on these ranks: packed ones have a least width. */
bool test_fits(const kw_comm *comm, int n, kw_precision precision);

/** How far a state may be from the exact one, as test_distance measures it.  Packed: the account says that the vector is off
 *  by at most d = sqrt(bound) of its length, so that at norm 1 it is off by at most 2 d; and the arithmetic is single. */
double test_tolerance_of(const kw_state *state);

/** Number of local qubits of n on this communicator; negative if there are more ranks than amplitudes. */
int test_local_qubits(const kw_comm *comm, int n);

#endif

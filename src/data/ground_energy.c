/* F2  Ground-state energy of any Pauli sum, as the bound beside a variational result. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/lanczos.h"
#include "engine/observable_internal.h"

static bool is_imaginary(const kw_pauli *term) { return kw_popcount(term->x & term->z) & 1; }

bool kw_paulis_are_diagonal(const kw_pauli *terms, size_t count) {
    for (size_t t = 0; t < count; ++t)
        if (terms[t].x) return false;
    return true;
}

static bool is_real(const kw_pauli *terms, size_t count) {
    for (size_t t = 0; t < count; ++t)
        if (is_imaginary(&terms[t])) return false;
    return true;
}

/* H = A + i B with A, B real -> A (x) 1 + B (x) [0 -1; 1 0] = A (x) 1 - i B (x) Y: imaginary strings get -Y on qubit n. */
static kw_pauli *as_real(int n_qubits, const kw_pauli *terms, size_t count) {
    kw_pauli *real = malloc(count * sizeof *real);
    for (size_t t = 0; real && t < count; ++t) {
        real[t] = terms[t];
        if (!is_imaginary(&terms[t])) continue;
        real[t].coefficient = -terms[t].coefficient;
        real[t].x |= kw_bit(n_qubits);
        real[t].z |= kw_bit(n_qubits);
    }
    return real;
}

uint64_t kw_ground_energy_bytes(int n_qubits, const kw_pauli *terms, size_t count, int ranks) {
    if (kw_paulis_are_diagonal(terms, count)) return 0;
    const int n = n_qubits + !is_real(terms, count);
    const uint64_t beside = kw_ground_bytes(n, ranks), vector = kw_bit(n) / (uint64_t)ranks * sizeof(double);
    return beside > UINT64_MAX - vector ? UINT64_MAX : beside + vector;
}

static kw_status check(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count) {
    const int ranks = kw_comm_size(comm);
    const kw_status status = kw_paulis_check(n_qubits, terms, count);
    if (status != KW_OK) return status;
    if (!kw_is_power_of_two((uint64_t)ranks) || kw_log2((uint64_t)ranks) > n_qubits)
        return kw_fail(KW_E_ARG, "a ground state of %d qubits on %d ranks: use a power of two, at most 2^%d", n_qubits,
                       ranks, n_qubits);
    return KW_OK;
}

static kw_status by_lanczos(kw_comm *comm, int n, const kw_pauli *terms, size_t count, uint64_t seed, kw_ground *result) {
    const uint64_t bytes = kw_bit(n) / (uint64_t)kw_comm_size(comm) * sizeof(double);
    double *vector = kw_block_alloc(bytes);
    kw_status status = vector ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a ground state of 2^%d numbers", n);
    status = kw_comm_agree(comm, status);
    if (status == KW_OK) status = kw_ground_state(comm, n, terms, count, KW_START_RANDOM, seed, vector, result);
    if (vector) kw_block_free(vector, bytes);
    return status;
}

kw_status kw_ground_energy(kw_comm *comm, int n_qubits, const kw_pauli *terms, size_t count, uint64_t seed,
                           kw_ground *result) {
    kw_status status = kw_comm_agree(comm, check(comm, n_qubits, terms, count));
    if (status != KW_OK) return status;
    if (kw_paulis_are_diagonal(terms, count)) {
        *result = (kw_ground){kw_diagonal_minimum(comm, n_qubits, terms, count), 0.0, 0};
        return KW_OK;
    }
    if (is_real(terms, count)) return by_lanczos(comm, n_qubits, terms, count, seed, result);
    kw_pauli *real = as_real(n_qubits, terms, count);
    status = kw_comm_agree(comm, real ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %zu terms", count));
    if (status == KW_OK) status = by_lanczos(comm, n_qubits + 1, real, count, seed, result);
    free(real);
    return status;
}

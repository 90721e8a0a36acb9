/* F4  The configuration of a variational eigensolver: option table, and the checked values. */
#ifndef KW_VQE_CONFIG_H
#define KW_VQE_CONFIG_H

#include "ketwall/observable.h"
#include "models/training_config.h"

extern const kw_option kw_vqe_options[];
extern const size_t kw_vqe_option_count;

/* X(KIND, "name", what it is) */
#define KW_VQE_HAMILTONIAN_LIST(X)                                                                                          \
    X(FILE, "file", "Pauli sum from vqe.file")                                                                              \
    X(TFIM, "tfim", "-sum ZZ - coupling sum X")                                                                             \
    X(HEISENBERG, "heisenberg", "sum (XX + YY + coupling ZZ)")                                                              \
    X(MAXCUT, "maxcut", "sum w (ZZ - 1)/2 over the edges in vqe.file")

typedef enum {
#define KW_VQE_ENUM(kind, name, text) KW_VQE_##kind,
    KW_VQE_HAMILTONIAN_LIST(KW_VQE_ENUM)
#undef KW_VQE_ENUM
} kw_vqe_hamiltonian;

typedef enum { KW_VQE_EXACT_AUTO, KW_VQE_EXACT_YES, KW_VQE_EXACT_NO } kw_vqe_exact;

/* The ansatz beside the library's: alternating exp(-i gamma D), D the strings of I and Z, and RX(2 beta) on every qubit,
 * from a uniform superposition (Farhi et al. 2014, arXiv 1411.4028): MaxCut's QAOA, and for tfim its Hamiltonian-variational
 * ansatz. */
#define KW_VQE_QAOA KW_ANSATZ_KINDS

typedef struct {
    kw_training_config training;
    kw_vqe_hamiltonian hamiltonian;
    const char *name, *file; /* of the Hamiltonian */
    int n_qubits;
    double coupling;
    bool periodic;
    kw_vqe_exact exact;
    uint64_t reference; /* basis state that the ansatz starts from */
    kw_pauli *terms;    /* owned */
    size_t n_terms;
} kw_vqe_config;

/** Checked values; reads the file of the Hamiltonian.  Texts belong to `source`.                                @local
 *  @return KW_OK, KW_E_INPUT naming the key or the file, KW_E_NOMEM */
kw_status kw_vqe_config_parse(const kw_config *source, kw_vqe_config *out);
void kw_vqe_config_clear(kw_vqe_config *config);

/** The trainable circuit.                                                                                       @local
 *  @return KW_OK, KW_E_INPUT (ansatz.file; qaoa without a diagonal part), KW_E_NOMEM */
kw_status kw_vqe_circuit(const kw_vqe_config *config, kw_circuit **out);

#endif

/* F4  The option table of the variational eigensolver, and what follows from it. */
#include "models/vqe_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "data/graph.h"
#include "data/hamiltonian.h"

const kw_option kw_vqe_options[] = {
    KW_TRAINING_RUN_OPTIONS("checkpoints/vqe"),

    {"vqe.hamiltonian", KW_OPTION_CHOICE, "tfim", 0, 0, KW_VQE_HAMILTONIAN_LIST(KW_OPTION_NAME), "",
     "what is minimised: the Pauli sum in vqe.file, an Ising or Heisenberg chain, or the cut of the graph in vqe.file"},
    {"vqe.file", KW_OPTION_TEXT, "", 0, 0, NULL, "",
     "file: lines such as \"-0.5 Z0 Z1\" or \"0.2 XIZ\"; maxcut: edges \"0 1\" or \"0 1 weight\""},
    {"vqe.qubits", KW_OPTION_INT, "0", 0, KW_MAX_QUBITS, NULL, "", "qubits; 0: as many as vqe.file needs"},
    {"vqe.coupling", KW_OPTION_REAL, "1", -1e6, 1e6, NULL, "", "tfim: h; heisenberg: Delta"},
    {"vqe.periodic", KW_OPTION_BOOL, "yes", 0, 0, NULL, "", "tfim, heisenberg: ring instead of open chain"},
    {"vqe.reference", KW_OPTION_TEXT, "", 0, 0, NULL, "",
     "basis state that the ansatz starts from, the highest qubit first, such as 0011; nothing: all 0"},
    {"vqe.exact", KW_OPTION_CHOICE, "auto", 0, 0, "auto yes no", "",
     "exact ground-state energy beside the result; auto: if Lanczos fits into run.memory_per_rank"},

    KW_TRAINING_ANSATZ_OPTIONS("hea", "qaoa"),

    KW_TRAINING_OPTIMISER_OPTIONS("shots per Pauli string and evaluation"),
};
const size_t kw_vqe_option_count = sizeof kw_vqe_options / sizeof *kw_vqe_options;

static kw_status make_chain(kw_vqe_config *c) {
    const bool ising = c->hamiltonian == KW_VQE_TFIM;
    if (c->n_qubits < 2) return kw_fail(KW_E_INPUT, "vqe.qubits = %d: a chain needs at least 2", c->n_qubits);
    c->terms = malloc(3 * (size_t)c->n_qubits * sizeof *c->terms);
    if (!c->terms) return kw_fail(KW_E_NOMEM, "no memory for a Hamiltonian");
    c->n_terms = ising ? kw_tfim_terms(c->n_qubits, c->coupling, c->periodic, c->terms)
                       : kw_heisenberg_terms(c->n_qubits, c->coupling, c->periodic, c->terms);
    return KW_OK;
}

static kw_status make_hamiltonian(kw_vqe_config *c) {
    const bool from_file = c->hamiltonian == KW_VQE_FILE || c->hamiltonian == KW_VQE_MAXCUT;
    if (!from_file && *c->file)
        return kw_fail(KW_E_INPUT, "vqe.file = %s: vqe.hamiltonian = %s reads no file", c->file, c->name);
    if (!from_file) return make_chain(c);
    if (!*c->file) return kw_fail(KW_E_INPUT, "vqe.hamiltonian = %s needs vqe.file", c->name);
    return c->hamiltonian == KW_VQE_FILE ? kw_paulis_read(c->file, &c->n_qubits, &c->terms, &c->n_terms)
                                         : kw_maxcut_read(c->file, &c->n_qubits, &c->terms, &c->n_terms);
}

static kw_status parse_reference(const char *bits, kw_vqe_config *out) {
    const size_t length = strlen(bits);
    out->reference = 0;
    if (!length) return KW_OK;
    if (length != (size_t)out->n_qubits || strspn(bits, "01") != length)
        return kw_fail(KW_E_INPUT, "vqe.reference = %s: expected one 0 or 1 for each of %d qubits", bits, out->n_qubits);
    for (size_t i = 0; i < length; ++i) out->reference = 2 * out->reference + (uint64_t)(bits[i] - '0');
    return KW_OK;
}

kw_status kw_vqe_config_parse(const kw_config *c, kw_vqe_config *out) {
    memset(out, 0, sizeof *out);
    out->hamiltonian = (kw_vqe_hamiltonian)kw_config_choice(c, "vqe.hamiltonian");
    out->name = kw_config_text(c, "vqe.hamiltonian");
    out->file = kw_config_text(c, "vqe.file");
    out->n_qubits = (int)kw_config_int(c, "vqe.qubits");
    out->coupling = kw_config_real(c, "vqe.coupling");
    out->periodic = kw_config_bool(c, "vqe.periodic");
    out->exact = (kw_vqe_exact)kw_config_choice(c, "vqe.exact");
    kw_status status = kw_training_config_parse(c, &out->training);
    if (status == KW_OK) status = make_hamiltonian(out);
    if (status == KW_OK) status = parse_reference(kw_config_text(c, "vqe.reference"), out);
    if (status == KW_OK) status = kw_training_config_budget(c, out->n_terms, &out->training);
    if (status != KW_OK) kw_vqe_config_clear(out);
    return status;
}

void kw_vqe_config_clear(kw_vqe_config *config) {
    free(config->terms);
    config->terms = NULL;
}

/* ---- circuit ---- */

static kw_status qaoa_layer(const kw_vqe_config *c, int layer, kw_circuit *circuit) {
    kw_status status = KW_OK;
    for (size_t t = 0; t < c->n_terms && status == KW_OK; ++t)
        if (!c->terms[t].x && c->terms[t].z)
            status = kw_circuit_append_pauli_rotation(circuit, 0, c->terms[t].z,
                                                      (kw_angle){2 * layer, 2 * c->terms[t].coefficient, 0});
    for (int q = 0; q < c->n_qubits && status == KW_OK; ++q)
        status = kw_circuit_append(circuit, KW_GATE_RX, &q, 1, &(kw_angle){2 * layer + 1, 2, 0});
    return status;
}

static kw_status make_qaoa(const kw_vqe_config *c, kw_circuit *circuit) {
    size_t diagonal = 0;
    for (size_t t = 0; t < c->n_terms; ++t) diagonal += !c->terms[t].x && c->terms[t].z;
    if (!diagonal)
        return kw_fail(KW_E_INPUT, "ansatz.name = qaoa: the Hamiltonian has no string of Z alone to alternate with");
    kw_status status = KW_OK;
    for (int q = 0; q < c->n_qubits && status == KW_OK; ++q) status = kw_circuit_append(circuit, KW_GATE_H, &q, 1, NULL);
    for (int layer = 0; layer < c->training.layers && status == KW_OK; ++layer) status = qaoa_layer(c, layer, circuit);
    return status;
}

kw_status kw_vqe_circuit(const kw_vqe_config *c, kw_circuit **out) {
    if (*c->training.ansatz_file || c->training.ansatz != KW_VQE_QAOA)
        return kw_training_ansatz(&c->training, c->n_qubits, out);
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(c->n_qubits, &circuit);
    if (status == KW_OK) status = make_qaoa(c, circuit);
    if (status == KW_OK) *out = circuit;
    else kw_circuit_destroy(&circuit);
    return status;
}

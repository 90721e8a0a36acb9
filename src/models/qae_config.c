/* F4  The option table of the autoencoder, and what follows from it. */
#include "models/qae_config.h"

#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/shift.h"

enum { MOST_SITES = KW_MAX_QUBITS / 2 }; /* of hubbard, two qubits each */

const kw_option kw_qae_options[] = {
    KW_TRAINING_RUN_OPTIONS("checkpoints/qae"),
    {"run.ranks_per_state", KW_OPTION_INT, "0", 0, 65536, NULL, "",
     "ranks that share one state, a power of two; 0: as few as memory allows, the others become replicas"},

    {"data.family", KW_OPTION_CHOICE, "ghz-phase", 0, 0, KW_FAMILY_LIST(KW_OPTION_NAME), "", "the ensemble of states"},
    {"data.qubits", KW_OPTION_INT, "10", 2, KW_MAX_QUBITS, NULL, "", "qubits of every state"},
    {"data.members", KW_OPTION_INT, "8", 1, 100000, NULL, "",
     "states (cerezo, stabilizer, spectrum, files and quadrature bring their own number)"},
    {"data.test_members", KW_OPTION_INT, "0", 0, 100000, NULL, "", "states set aside at random for testing"},
    {"data.sampling", KW_OPTION_CHOICE, "grid", 0, 0, "grid random quadrature", "",
     "how the family's angle, phase or coupling is chosen"},
    {"data.weight", KW_OPTION_INT, "1", 0, KW_MAX_QUBITS, NULL, "", "dicke-phase, sector: number of ones"},
    {"data.logical", KW_OPTION_INT, "1", 0, 20, NULL, "", "stabilizer: logical qubits"},
    {"data.coupling_min", KW_OPTION_REAL, "0.5", -1e6, 1e6, NULL, "",
     "lowest coupling (tfim: h; heisenberg: Delta; hubbard: hopping t)"},
    {"data.coupling_max", KW_OPTION_REAL, "1.0", -1e6, 1e6, NULL, "", "highest coupling"},
    {"data.periodic", KW_OPTION_BOOL, "yes", 0, 0, NULL, "",
     "tfim, heisenberg: ring instead of open chain; hubbard: along x"},
    {"data.sites_x", KW_OPTION_INT, "2", 1, MOST_SITES, NULL, "", "hubbard: columns; data.qubits is twice the sites"},
    {"data.sites_y", KW_OPTION_INT, "1", 1, MOST_SITES, NULL, "", "hubbard: rows, open"},
    {"data.interaction", KW_OPTION_REAL, "2.0", -1e6, 1e6, NULL, "", "hubbard: U, in the units of the hopping"},
    {"data.double_bond", KW_OPTION_BOOL, "no", 0, 0, NULL, "",
     "hubbard: two periodic columns are joined twice, inside and around the edge, instead of once"},
    {"data.spectrum", KW_OPTION_REALS, "0.4, 0.2, 0.2, 0.1, 0.1", 0, 1e300, NULL, "", "spectrum: eigenvalues"},
    {"data.files", KW_OPTION_TEXTS, "", 0, 0, NULL, "",
     "files: state files (.h5) and circuits that prepare a state (.qasm), comma-separated"},
    {"data.scramble_layers", KW_OPTION_INT, "4", 1, 1000, NULL, "",
     "stabilizer, spectrum, circuit: layers of the random circuit"},
    {"data.lanczos_memory", KW_OPTION_BYTES, "auto", 0, 0, NULL, "",
     "ground states: Lanczos may take this much per rank, beyond it an adiabatic circuit; auto: half of "
     "run.memory_per_rank"},
    {"data.adiabatic_steps", KW_OPTION_INT, "400", 1, 1000000, NULL, "", "ground states: Trotter steps of that circuit"},
    {"data.keep", KW_OPTION_CHOICE, "auto", 0, 0, "auto yes no", "",
     "keep the states in memory; auto: if they are expensive to make and fit"},

    {"qae.latent", KW_OPTION_INT, "1", 0, KW_MAX_QUBITS, NULL, "", "latent qubits; the qubits from there on are trash"},
    {"qae.trash", KW_OPTION_INTS, "", 0, KW_MAX_QUBITS - 1, NULL, "",
     "trash qubits, comma-separated, instead of qae.latent"},

    KW_TRAINING_ANSATZ_OPTIONS("cerezo", ""),

    {"train.cost", KW_OPTION_CHOICE, "local", 0, 0, "global local", "", "trash cost that is minimised; both are reported"},
    {"train.gradient", KW_OPTION_CHOICE, "adjoint", 0, 0, KW_GRADIENT_LIST(KW_OPTION_NAME), "",
     "adam, lbfgs: adjoint is exact; shift takes it by the parameter-shift rule, with train.shots in every shifted circuit"},
    KW_TRAINING_OPTIMISER_OPTIONS("shots per state and circuit (spsa, cobyla, adam with train.gradient = shift)"),
};
const size_t kw_qae_option_count = sizeof kw_qae_options / sizeof *kw_qae_options;

static void parse_data(const kw_config *c, kw_qae_config *out) {
    kw_ensemble_config *data = &out->data;
    data->family = (kw_family)kw_config_choice(c, "data.family");
    data->n_qubits = (int)kw_config_int(c, "data.qubits");
    data->members = (int)kw_config_int(c, "data.members");
    data->sampling = (kw_sampling)kw_config_choice(c, "data.sampling");
    data->seed = out->training.seed;
    data->weight = (int)kw_config_int(c, "data.weight");
    data->logical = (int)kw_config_int(c, "data.logical");
    data->coupling_min = kw_config_real(c, "data.coupling_min");
    data->coupling_max = kw_config_real(c, "data.coupling_max");
    data->periodic = kw_config_bool(c, "data.periodic");
    data->sites_x = (int)kw_config_int(c, "data.sites_x");
    data->sites_y = (int)kw_config_int(c, "data.sites_y");
    data->interaction = kw_config_real(c, "data.interaction");
    data->twice = kw_config_bool(c, "data.double_bond");
    data->spectrum_count = kw_config_reals(c, "data.spectrum", &data->spectrum);
    data->file_count = kw_config_texts(c, "data.files", &data->files);
    data->scramble_layers = (int)kw_config_int(c, "data.scramble_layers");
    data->lanczos_bytes = kw_config_bytes(c, "data.lanczos_memory");
    data->adiabatic_steps = (int)kw_config_int(c, "data.adiabatic_steps");
    out->ranks_per_state = (int)kw_config_int(c, "run.ranks_per_state");
    out->cost = (kw_trash_cost)kw_config_choice(c, "train.cost");
    out->test_members = (int)kw_config_int(c, "data.test_members");
    out->keep = (kw_keep)kw_config_choice(c, "data.keep");
}

static kw_status parse_registers(const kw_config *c, kw_qae_config *out) {
    const int n = out->data.n_qubits, latent = (int)kw_config_int(c, "qae.latent");
    const int64_t *trash;
    const size_t count = kw_config_ints(c, "qae.trash", &trash);
    if (!count && latent >= n)
        return kw_fail(KW_E_INPUT, "qae.latent = %d: expected less than data.qubits = %d, so that something is compressed",
                       latent, n);
    out->trash_mask = count ? 0 : (kw_bit(n) - 1) & ~(kw_bit(latent) - 1);
    for (size_t i = 0; i < count; ++i) {
        if (trash[i] >= n) return kw_fail(KW_E_INPUT, "qae.trash: qubit %lld, but data.qubits = %d", (long long)trash[i], n);
        if (out->trash_mask & kw_bit((int)trash[i]))
            return kw_fail(KW_E_INPUT, "qae.trash: qubit %lld stands twice", (long long)trash[i]);
        out->trash_mask |= kw_bit((int)trash[i]);
    }
    out->n_trash = kw_popcount(out->trash_mask);
    return KW_OK;
}

/* One circuit, and with the shift rule those of its terms beside it. */
static kw_status count_circuits(kw_qae_config *out) {
    kw_circuit *encoder = NULL;
    out->circuits = 1;
    if (out->training.gradient != KW_GRADIENT_SHIFT) return KW_OK;
    const kw_status status = kw_training_ansatz(&out->training, out->data.n_qubits, &encoder);
    if (status == KW_OK) out->circuits += kw_shift_terms(encoder);
    kw_circuit_destroy(&encoder);
    return status;
}

/* Families with a fixed number of members know it only once they are described. */
static kw_status check_members(const kw_config *c, kw_qae_config *out) {
    kw_ensemble *ensemble = NULL;
    kw_status status = kw_ensemble_create(&out->data, &ensemble);
    if (status != KW_OK) return status;
    const int members = kw_ensemble_members(ensemble);
    kw_ensemble_destroy(&ensemble);
    if (out->test_members >= members)
        return kw_fail(KW_E_INPUT, "data.test_members = %d: the ensemble has %d states, and one must be left for training",
                       out->test_members, members);
    return kw_training_config_budget(c, out->circuits * (uint64_t)(members - out->test_members), &out->training);
}

uint64_t kw_qae_copies(const kw_qae_config *c, uint64_t evaluations, int states) {
    return evaluations * (uint64_t)states * c->training.shots * c->circuits;
}

kw_status kw_qae_config_parse(const kw_config *source, kw_qae_config *out) {
    memset(out, 0, sizeof *out);
    out->training.gradient = (kw_gradient_method)kw_config_choice(source, "train.gradient");
    kw_status status = kw_training_config_parse(source, &out->training);
    parse_data(source, out);
    if (status == KW_OK) status = parse_registers(source, out);
    if (status == KW_OK) status = count_circuits(out);
    if (status == KW_OK) status = check_members(source, out);
    return status;
}

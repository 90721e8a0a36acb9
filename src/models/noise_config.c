/* F4  Noise models from INI files. */
#include "models/noise_config.h"

/* X(member of the model and key, help) */
#define RATES(X)                                                                                                            \
    X(depolarising_1q, "after every gate on one qubit: probability of replacing the qubit by a random one")                 \
    X(depolarising_2q, "the same for both qubits after every gate on two; on more, after every pair of neighbours")         \
    X(dephasing, "after every gate, for each of its qubits: probability of a Z")                                            \
    X(bit_flip, "after every gate, for each of its qubits: probability of an X")                                            \
    X(amplitude_damping, "after every gate, for each of its qubits: probability that |1> decays to |0>")                    \
    X(readout_01, "probability of reading 1 for 0 in a measurement")                                                        \
    X(readout_10, "probability of reading 0 for 1 in a measurement")

const kw_option kw_noise_options[] = {
#define OPTION(name, help) {"noise." #name, KW_OPTION_REAL, "0", 0, 1, NULL, "", help},
    RATES(OPTION)
#undef OPTION
};
const size_t kw_noise_option_count = sizeof kw_noise_options / sizeof *kw_noise_options;

kw_status kw_noise_read(const char *path, kw_noise_model *out) {
    kw_config *config = NULL;
    kw_status status = kw_config_create(kw_noise_options, kw_noise_option_count, &config);
    if (status == KW_OK) status = kw_config_read(config, path);
    if (status == KW_OK) {
#define SET(name, help) out->name = kw_config_real(config, "noise." #name);
        RATES(SET)
#undef SET
    }
    kw_config_destroy(&config);
    return status;
}

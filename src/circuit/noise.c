/* F1  Noise channels by name, and noise models applied to programs. */
#include "ketwall/noise.h"

#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"

static const struct {
    const char *name;
    int rates;
} channels[] = {
#define ROW(kind, name, rates) {name, rates},
    KW_NOISE_LIST(ROW)
#undef ROW
};

const char *kw_noise_name(kw_noise_channel channel) { return channels[channel].name; }
int kw_noise_rates(kw_noise_channel channel) { return channels[channel].rates; }

static kw_status check_rates(const kw_noise_model *model) {
    const double rates[] = {model->depolarising_1q,   model->depolarising_2q, model->dephasing, model->bit_flip,
                            model->amplitude_damping, model->readout_01,      model->readout_10};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; ++i)
        if (!(rates[i] >= 0 && rates[i] <= 1))
            return kw_fail(KW_E_INPUT, "noise model: found the rate %g, expected a probability from 0 to 1", rates[i]);
    return KW_OK;
}

/* One noise step like `like`, unless it does nothing. */
static kw_status add(kw_program *program, const kw_step *like, kw_noise_channel channel, uint64_t qubits, double rate) {
    const kw_step step = {.kind = KW_STEP_NOISE,
                          .condition = like->condition,
                          .value = like->value,
                          .channel = channel,
                          .qubits = qubits,
                          .rates = {rate}};
    return rate > 0 ? kw_program_add_step(program, &step) : KW_OK;
}

static kw_status add_depolarising(kw_program *program, const kw_step *like, uint64_t qubits, const kw_noise_model *model) {
    if (kw_popcount(qubits) == 1) return add(program, like, KW_NOISE_DEPOLARISING, qubits, model->depolarising_1q);
    kw_status status = KW_OK;
    for (uint64_t rest = qubits; status == KW_OK && rest & (rest - 1); rest &= rest - 1) {
        const uint64_t above = rest & (rest - 1), pair = (rest & -rest) | (above & -above);
        status = add(program, like, KW_NOISE_DEPOLARISING, pair, model->depolarising_2q);
    }
    return status;
}

static kw_status add_behind(kw_program *program, const kw_step *like, uint64_t qubits, const kw_noise_model *model) {
    kw_status status = add_depolarising(program, like, qubits, model);
    for (uint64_t rest = qubits; status == KW_OK && rest; rest &= rest - 1) {
        const uint64_t one = rest & -rest;
        status = add(program, like, KW_NOISE_DEPHASING, one, model->dephasing);
        if (status == KW_OK) status = add(program, like, KW_NOISE_BIT_FLIP, one, model->bit_flip);
        if (status == KW_OK) status = add(program, like, KW_NOISE_AMPLITUDE_DAMPING, one, model->amplitude_damping);
    }
    return status;
}

/* A gate step becomes one step per gate, each with its noise. */
static kw_status add_gates(kw_program *program, const kw_step *step, const kw_noise_model *model) {
    kw_status status = KW_OK;
    for (size_t g = step->first_gate; status == KW_OK && g < step->first_gate + step->gates; ++g) {
        kw_step one = *step;
        one.first_gate = g;
        one.gates = 1;
        status = kw_program_add_step(program, &one);
        if (status == KW_OK) status = add_behind(program, step, kw_gate_qubits(&program->circuit->gates[g]), model);
    }
    return status;
}

static kw_status add_readout(kw_program *program, const kw_noise_model *model) {
    kw_step step = {.kind = KW_STEP_NOISE,
                    .condition = -1,
                    .channel = KW_NOISE_READOUT,
                    .rates = {model->readout_01, model->readout_10}};
    kw_status status = KW_OK;
    if (model->readout_01 == 0 && model->readout_10 == 0) return KW_OK;
    for (int q = 0; status == KW_OK && q < program->quantum.total; ++q) {
        step.qubits = kw_bit(q);
        status = kw_program_add_step(program, &step);
    }
    return status;
}

static kw_status copy_registers(const kw_register_list *from, kw_register_list *to) {
    kw_status status = KW_OK;
    for (size_t i = 0; status == KW_OK && i < from->count; ++i)
        status = kw_program_add_register(to, from->items[i].name, strlen(from->items[i].name), from->items[i].size);
    return status;
}

kw_status kw_program_add_noise(const kw_program *program, const kw_noise_model *model, kw_program **out) {
    kw_program *noisy = NULL;
    kw_status status = check_rates(model);
    if (status == KW_OK) status = kw_program_create(&noisy);
    if (status == KW_OK) status = copy_registers(&program->quantum, &noisy->quantum);
    if (status == KW_OK) status = copy_registers(&program->classical, &noisy->classical);
    if (status == KW_OK) status = kw_circuit_append_circuit(noisy->circuit, program->circuit);
    if (status == KW_OK) status = add_readout(noisy, model);
    for (size_t i = 0; status == KW_OK && i < program->steps; ++i) {
        const kw_step *step = &program->step[i];
        status = step->kind == KW_STEP_GATES ? add_gates(noisy, step, model) : kw_program_add_step(noisy, step);
    }
    if (status == KW_OK) {
        kw_program_finish(noisy);
        *out = noisy;
    } else kw_program_destroy(&noisy);
    return status;
}

bool kw_program_is_noisy(const kw_program *program) {
    for (size_t i = 0; i < program->steps; ++i)
        if (program->step[i].kind == KW_STEP_NOISE) return true;
    return false;
}

/* F4  The random errors of a trajectory. */
#include "models/circuit_noise.h"

#include <math.h>

#include "base/bits.h"
#include "circuit/program_internal.h"

kw_rng kw_noise_rng(uint64_t seed, uint64_t shot) { return kw_rng_make(seed, KW_STREAM_NOISE, shot + 1); }

bool kw_noise_acts(const kw_step *step) { return step->kind == KW_STEP_NOISE && step->channel != KW_NOISE_READOUT; }

static bool damps(const kw_step *step) { return step->kind == KW_STEP_NOISE && step->channel == KW_NOISE_AMPLITUDE_DAMPING; }

static bool may_jump(const kw_step *step, size_t index, const kw_rng *errors) {
    return damps(step) && errors && kw_rng_uniform(errors, index) < step->rates[0];
}

/* Two bits per qubit of the step, from the lowest: 0 no error, 1 X, 2 Y, 3 Z.  Below the rate p, u/p is uniform again. */
static int draw_error(const kw_step *step, double u) {
    const double p = step->rates[0];
    if (!(u < p)) return 0;
    if (step->channel == KW_NOISE_BIT_FLIP) return 1;
    if (step->channel == KW_NOISE_DEPHASING) return 3;
    const int errors = 1 << (2 * kw_popcount(step->qubits)), which = (int)(u / p * errors);
    return which < errors ? which : errors - 1;
}

static kw_status append_error(kw_circuit *circuit, const kw_step *step, int error) {
    static const kw_gate_kind paulis[] = {KW_GATE_ID, KW_GATE_X, KW_GATE_Y, KW_GATE_Z};
    kw_status status = KW_OK;
    for (uint64_t rest = step->qubits; rest && status == KW_OK; rest &= rest - 1, error >>= 2) {
        const int qubit = kw_log2(rest & -rest);
        if (error & 3) status = kw_circuit_append(circuit, paulis[error & 3], &qubit, 1, NULL);
    }
    return status;
}

static kw_status append_step(const kw_program *program, size_t i, const kw_rng *errors, kw_circuit *circuit) {
    const kw_step *step = &program->step[i];
    if (step->kind == KW_STEP_GATES) return kw_program_append_gates(program, step, circuit);
    if (damps(step)) {
        const int qubit = kw_log2(step->qubits);
        return kw_circuit_append_matrix(circuit, &qubit, 1, (const kw_complex[]){1, 0, 0, sqrt(1 - step->rates[0])});
    }
    if (step->kind != KW_STEP_NOISE || !errors) return KW_OK;
    return append_error(circuit, step, draw_error(step, kw_rng_uniform(errors, i)));
}

bool kw_starts_stretch(const kw_step *step, size_t index, const kw_rng *errors) {
    return step->kind == KW_STEP_GATES || step->kind == KW_STEP_BARRIER
           || (kw_noise_acts(step) && !may_jump(step, index, errors));
}

static bool continues(const kw_step *first, const kw_step *step) {
    return step->kind == KW_STEP_BARRIER || (step->condition == first->condition && step->value == first->value);
}

kw_status kw_stretch_circuit(const kw_program *program, size_t first, const kw_rng *errors, kw_circuit **out, size_t *next) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_circuit_create(program->quantum.total, &circuit);
    size_t i = first;
    for (; status == KW_OK && i < program->steps; ++i) {
        const kw_step *step = &program->step[i];
        if (!kw_starts_stretch(step, i, errors) || !continues(&program->step[first], step)) break;
        status = append_step(program, i, errors, circuit);
    }
    if (status == KW_OK) {
        *out = circuit;
        *next = i;
    } else kw_circuit_destroy(&circuit);
    return status;
}

bool kw_stretch_errs(const kw_program *program, size_t first, size_t next, const kw_rng *errors) {
    for (size_t i = first; i < next; ++i) {
        const kw_step *step = &program->step[i];
        if (damps(step) ? may_jump(step, i, errors) : kw_noise_acts(step) && draw_error(step, kw_rng_uniform(errors, i)))
            return true;
    }
    return false;
}

int kw_misread(const double *rates, const kw_rng *errors, uint64_t draw, int outcome) {
    return rates && kw_rng_uniform(errors, draw) < rates[outcome] ? !outcome : outcome;
}

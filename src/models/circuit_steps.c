/* F4  What is worked out once about the steps of a program and used by every shot. */
#include "models/circuit_steps.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"
#include "ketwall/run.h"
#include "models/circuit_noise.h"

static kw_status plan_stretch(const kw_program *program, size_t first, int ranks, kw_prepared_step *step) {
    kw_circuit *circuit = NULL;
    kw_status status = kw_stretch_circuit(program, first, NULL, &circuit, &step->next);
    if (status == KW_OK && step->next > first) status = kw_plan_create(circuit, ranks, &step->plan);
    for (size_t i = first; status == KW_OK && i < step->next; ++i)
        if (kw_noise_acts(&program->step[i])) step->has_errors = true;
    kw_circuit_destroy(&circuit);
    return status;
}

static void look_at_noise(const kw_program *program, kw_prepared *p) {
    for (size_t i = 0; i < program->steps; ++i) {
        const kw_step *step = &program->step[i];
        if (step->kind == KW_STEP_MEASURE) p->steps[i].readout = p->readout[step->qubit];
        if (step->kind == KW_STEP_NOISE && step->channel == KW_NOISE_READOUT)
            p->readout[kw_log2(step->qubits)] = step->rates;
        if (step->kind == KW_STEP_NOISE && step->channel == KW_NOISE_AMPLITUDE_DAMPING) p->loses_norm = true;
    }
}

static uint64_t touched_by(const kw_program *program, const kw_step *step) {
    uint64_t qubits = 0;
    switch (step->kind) {
    case KW_STEP_GATES:
        for (size_t g = step->first_gate; g < step->first_gate + step->gates; ++g)
            qubits |= kw_gate_qubits(&program->circuit->gates[g]);
        return qubits;
    case KW_STEP_NOISE: return step->channel == KW_NOISE_READOUT ? 0 : step->qubits;
    case KW_STEP_BARRIER: return 0;
    default: return kw_bit(step->qubit);
    }
}

/* From the end: a measurement is final unless its qubit is touched later, or its bit is read or written again by a step
 * that is not a final measurement itself.  Programs that run shot by shot have at most 62 bits. */
static void find_final(const kw_program *program, kw_prepared *p) {
    uint64_t touched = 0, bits = 0; /* qubits that later steps touch, bits that they use */
    for (size_t i = program->steps; i-- > 0;) {
        const kw_step *step = &program->step[i];
        const bool measures = step->kind == KW_STEP_MEASURE;
        if (measures) p->all_qubits = false;
        if (measures && step->condition < 0 && !(touched & kw_bit(step->qubit)) && !(bits & kw_bit(step->bit))) {
            p->steps[i].is_final = p->measures_at_end = true;
            continue;
        }
        touched |= touched_by(program, step);
        if (measures) bits |= kw_bit(step->bit);
        if (step->condition < 0) continue;
        const kw_register *read = &program->classical.items[step->condition];
        bits |= (kw_bit(read->size) - 1) << read->offset;
    }
}

kw_status kw_prepare_steps(const kw_program *program, int ranks, kw_prepared *out) {
    *out = (kw_prepared){.program = program, .steps = calloc(program->steps + 1, sizeof *out->steps), .all_qubits = true};
    if (!out->steps) return kw_fail(KW_E_NOMEM, "no memory for %zu steps", program->steps);
    kw_status status = KW_OK;
    for (size_t i = 0; ranks && status == KW_OK && i < program->steps;) {
        status = plan_stretch(program, i, ranks, &out->steps[i]);
        i = out->steps[i].plan ? out->steps[i].next : i + 1;
    }
    look_at_noise(program, out);
    find_final(program, out);
    return status;
}

void kw_prepared_free(kw_prepared *prepared) {
    for (size_t i = 0; prepared->steps && i < prepared->program->steps; ++i) kw_plan_destroy(&prepared->steps[i].plan);
    free(prepared->steps);
    prepared->steps = NULL;
}

uint64_t kw_read_final(const kw_prepared *p, uint64_t index, const kw_rng *errors, uint64_t bits) {
    for (size_t i = 0; i < p->program->steps; ++i) {
        const kw_step *step = &p->program->step[i];
        if (!p->steps[i].is_final) continue;
        const int read = kw_misread(p->steps[i].readout, errors, i, (int)(index >> step->qubit & 1));
        bits = (bits & ~kw_bit(step->bit)) | (uint64_t)read << step->bit;
    }
    for (int q = 0; p->all_qubits && q < p->program->quantum.total; ++q)
        bits |= (uint64_t)kw_misread(p->readout[q], errors, KW_DRAW_END | (uint64_t)q, (int)(index >> q & 1)) << q;
    return bits;
}

kw_status kw_program_measured_last(const kw_program *program, bool *is_last) {
    kw_prepared prepared = {0};
    if (kw_program_bits(program) > KW_MAX_QUBITS)
        return kw_fail(KW_E_INPUT, "%d classical bits: at most %d", kw_program_bits(program), KW_MAX_QUBITS);
    const kw_status status = kw_prepare_steps(program, 0, &prepared);
    for (size_t i = 0; status == KW_OK && i < program->steps; ++i) is_last[i] = prepared.steps[i].is_final;
    kw_prepared_free(&prepared);
    return status;
}

/* F1  OpenQASM: noise, in comments for Ketwall: "// ketwall: [if(c==n)] channel(rates) qubits; ...". */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/suggest.h"
#include "circuit/qasm_internal.h"

static kw_status unknown_channel(const kw_qasm_reader *reader, const kw_token *name) {
    char word[64];
    snprintf(word, sizeof word, "%.*s", name->length < sizeof word ? (int)name->length : 60, name->text);
    kw_suggestion nearest = kw_suggest(word);
    for (int channel = 0; channel < KW_NOISE_CHANNELS; ++channel)
        kw_suggest_offer(&nearest, kw_noise_name((kw_noise_channel)channel));
    return kw_qasm_fail(reader, name, "unknown noise '%s'%s%s%s", word, nearest.best ? "; did you mean '" : "",
                        nearest.best ? nearest.best : "", nearest.best ? "'?" : "");
}

static kw_status read_channel(kw_qasm_reader *reader, kw_token *name, kw_noise_channel *channel) {
    const kw_status status = kw_qasm_name(reader, "noise, such as depolarising(0.01)", name);
    if (status != KW_OK) return status;
    for (int c = 0; c < KW_NOISE_CHANNELS; ++c) {
        *channel = (kw_noise_channel)c;
        if (kw_token_is(name, kw_noise_name(*channel))) return KW_OK;
    }
    return unknown_channel(reader, name);
}

/* "(expression, ...)": probabilities. */
static kw_status read_rates(kw_qasm_reader *reader, const kw_token *name, kw_step *step) {
    const size_t ops = reader->op_count, expressions = reader->expression_count;
    const int wanted = kw_noise_rates(step->channel);
    size_t count = 0;
    kw_status status = kw_qasm_expressions_read(reader, &count);
    if (status == KW_OK && count != (size_t)wanted)
        status = kw_qasm_fail(reader, name, "found %zu rate%s, expected %d: %s(%s)", count, count == 1 ? "" : "s", wanted,
                              kw_noise_name(step->channel), wanted == 1 ? "p" : "p, q");
    for (size_t j = 0; status == KW_OK && j < count; ++j) {
        const kw_qasm_op *op = &reader->ops[reader->expressions[expressions + j].first];
        const kw_token at = {.line = op->line, .column = op->column};
        step->rates[j] = op->value;
        if (!(op->value >= 0 && op->value <= 1))
            status = kw_qasm_fail(reader, &at, "found %g, expected a probability from 0 to 1", op->value);
    }
    reader->op_count = ops;
    reader->expression_count = expressions;
    return status;
}

static kw_status add_steps(kw_qasm_reader *reader, const kw_token *name, const kw_qasm_operand *operands, int count,
                           kw_step *step) {
    const int most = step->channel == KW_NOISE_DEPOLARISING ? 2 : 1;
    int size = 0;
    if (count > most)
        return kw_qasm_fail(reader, name, "found %d qubits, expected %s", count, most == 2 ? "1 or 2" : "1 (or a register)");
    kw_status status = kw_qasm_broadcast(reader, operands, count, &size);
    for (int i = 0; status == KW_OK && i < (size ? size : 1); ++i) {
        step->qubits = 0;
        for (int j = 0; j < count; ++j) step->qubits |= kw_bit(operands[j].offset + (operands[j].size ? i : 0));
        if (kw_popcount(step->qubits) < count)
            return kw_qasm_fail(reader, &operands[1].at, "noise '%s' uses a qubit of '%.*s' twice",
                                kw_noise_name(step->channel), operands[1].at.length > 60 ? 60 : (int)operands[1].at.length,
                                operands[1].at.text);
        status = kw_program_add_step(reader->program, step);
    }
    return status;
}

static kw_status noise_statement(kw_qasm_reader *reader) {
    kw_qasm_guard under = {-1, 0};
    kw_qasm_operand operands[KW_MAX_QUBITS];
    kw_step step = {.kind = KW_STEP_NOISE};
    const kw_token first = reader->token;
    kw_token name;
    int count = 0;
    kw_status status = kw_token_is(&first, "if") ? kw_qasm_condition(reader, &under) : KW_OK;
    if (status == KW_OK) status = read_channel(reader, &name, &step.channel);
    if (status == KW_OK && under.condition >= 0 && step.channel == KW_NOISE_READOUT)
        status = kw_qasm_fail(reader, &first, "a readout error holds from here on and cannot depend on a condition");
    if (status == KW_OK) status = read_rates(reader, &name, &step);
    if (status == KW_OK) status = kw_qasm_operands(reader, operands, &count);
    step.condition = under.condition;
    step.value = under.value;
    return status ? status : add_steps(reader, &name, operands, count, &step);
}

kw_status kw_qasm_pragma(kw_qasm_reader *reader) {
    kw_status status = kw_qasm_next(reader);
    do {
        if (status == KW_OK) status = noise_statement(reader);
    } while (status == KW_OK && reader->token.kind != KW_TOKEN_LINE_END);
    return status ? status : kw_qasm_next(reader);
}

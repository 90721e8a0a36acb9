/* F6  Plans of single circuits. */
#include "cli/plan_circuit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "models/circuit_run.h"

static json_t *bytes_json(uint64_t bytes) {
    return bytes <= INT64_MAX ? json_integer((json_int_t)bytes) : json_real((double)bytes);
}

/* Index of a name in a list; a wrong one gets a suggestion. */
static kw_status choose(const char *what, const char *name, const char *const *names, int count, int *out) {
    kw_suggestion nearest = kw_suggest(name);
    for (int i = 0; i < count; ++i) {
        kw_suggest_offer(&nearest, names[i]);
        if (strcmp(name, names[i]) != 0) continue;
        *out = i;
        return KW_OK;
    }
    return kw_fail(KW_E_ARG, "%s: %s is unknown%s%s%s", what, name, nearest.best ? "; did you mean " : "",
                   nearest.best ? nearest.best : "", nearest.best ? "?" : "");
}

static kw_status read_precision(const kw_words *words, kw_precision *out) {
    static const char *const names[] = {"double", "single"};
    const char *name = kw_words_value(words, "--precision");
    int index = KW_DOUBLE;
    const kw_status status = choose("--precision", name ? name : "double", names, 2, &index);
    *out = (kw_precision)index;
    return status;
}

/* Prints or writes what is foretold. */
static kw_status report(const kw_plan_request *r, const kw_run_result *f, const kw_plan *plan, kw_precision precision,
                        bool gradient) {
    const bool fits = f->peak_bytes_per_rank <= r->memory;
    const char *json = kw_words_value(r->words, "--json");
    if (json) {
        json_t *value =
            json_pack("{s:s, s:i, s:i, s:s, s:b, s:o, s:o, s:I, s:o, s:o, s:b}", "format", "ketwall-plan", "qubits",
                      f->qubits, "ranks", r->ranks, "precision", precision == KW_DOUBLE ? "double" : "single", "gradient",
                      gradient, "exchanges", bytes_json(f->exchanges), "bytes_exchanged", bytes_json(f->bytes_exchanged),
                      "passes", (json_int_t)f->passes, "peak_bytes_per_rank", bytes_json(f->peak_bytes_per_rank),
                      "memory_per_rank", bytes_json(r->memory), "fits", fits);
        const kw_status status = kw_cli_write_json(value, json);
        if (status != KW_OK || !strcmp(json, "-")) return status;
    }
    printf("%s of %d qubits on %d ranks: %" PRIu64 " passes, %" PRIu64 " exchanges, %.6f GiB sent per rank\n",
           gradient ? "gradient" : "execution", f->qubits, r->ranks, f->passes, f->exchanges, kw_gib(f->bytes_exchanged));
    printf("fits: %s (%.6f of %.6f GiB per rank)\n", fits ? "true" : "false", kw_gib(f->peak_bytes_per_rank),
           kw_gib(r->memory));
    if (kw_words_flag(r->words, "--verbose")) kw_plan_print(plan, stdout);
    return KW_OK;
}

static kw_status make_ansatz(const kw_words *words, kw_circuit **out) {
#define NAME(kind, name, text) name,
    static const char *const names[] = {KW_ANSATZ_LIST(NAME)};
#undef NAME
    const char *name = kw_words_value(words, "--ansatz");
    int64_t qubits = 0, layers = 1;
    int kind = KW_ANSATZ_HEA;
    kw_status status = kw_words_integer(words, "--qubits", 1, INT64_MAX, 0, &qubits);
    if (status == KW_OK && qubits > KW_MAX_QUBITS)
        status = kw_fail(KW_E_INPUT, "--qubits %" PRId64 ": at most %d are supported", qubits, KW_MAX_QUBITS);
    if (status == KW_OK) status = kw_words_integer(words, "--layers", 1, 1000000, 1, &layers);
    if (status == KW_OK) status = choose("--ansatz", name ? name : "hea", names, KW_ANSATZ_KINDS, &kind);
    if (status == KW_OK) status = kw_circuit_create((int)qubits, out);
    if (status == KW_OK) status = kw_circuit_append_ansatz(*out, (kw_ansatz_kind)kind, (int)layers, false);
    return status;
}

kw_status kw_plan_ansatz(const kw_plan_request *r) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    kw_precision precision = KW_DOUBLE;
    const bool gradient = kw_words_flag(r->words, "--gradient");
    kw_status status = read_precision(r->words, &precision);
    if (status == KW_OK) status = make_ansatz(r->words, &circuit);
    if (status == KW_OK) status = kw_plan_create(circuit, r->ranks, &plan);
    if (status == KW_OK) {
        const int n = kw_circuit_qubits(circuit);
        const kw_plan_cost cost = gradient ? kw_plan_gradient_cost(plan, precision) : kw_plan_forward_cost(plan, precision);
        const uint64_t state = kw_state_bytes(n, precision, r->ranks), states = gradient ? 2 : 1, more = kw_plan_bytes(plan);
        const kw_run_result f = {.qubits = n,
                                 .passes = cost.passes,
                                 .exchanges = cost.exchanges,
                                 .bytes_exchanged = cost.bytes_exchanged,
                                 .peak_bytes_per_rank =
                                     state > (UINT64_MAX - more) / states ? UINT64_MAX : states * state + more};
        status = report(r, &f, plan, precision, gradient);
    }
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status;
}

kw_status kw_plan_program(const kw_plan_request *r, const char *path) {
    kw_program *program = NULL;
    kw_plan *plan = NULL;
    kw_run_request request = {0};
    kw_run_result f;
    int64_t shots = 0;
    kw_status status = read_precision(r->words, &request.precision);
    if (status == KW_OK) status = kw_words_integer(r->words, "--shots", 0, INT64_MAX, 0, &shots);
    request.shots = (uint64_t)shots;
    request.n_observables = kw_words_values(r->words, "--observable", &request.observables);
    if (status == KW_OK) status = kw_program_read(path, &program);
    if (status == KW_OK) status = kw_program_foretell(program, &request, r->ranks, &f, &plan);
    if (status == KW_OK) status = report(r, &f, plan, request.precision, false);
    kw_plan_destroy(&plan);
    kw_program_destroy(&program);
    return status;
}

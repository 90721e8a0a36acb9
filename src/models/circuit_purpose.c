/* F4  What a circuit's run is for, in lines that its directory and its checkpoints have to agree with. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "circuit/program_internal.h"
#include "models/circuit_run_internal.h"

static uint64_t digest_gate(uint64_t hash, const kw_circuit *circuit, const kw_gate *gate) {
    const int64_t kind = gate->kind;
    hash = kw_mix(hash, &kind, sizeof kind);
    hash = kw_mix(hash, &gate->controls, sizeof gate->controls);
    hash = kw_mix(hash, gate->targets, sizeof(int) * (size_t)gate->n_targets);
    for (int j = 0; j < kw_gate_angles(gate->kind); ++j) hash = kw_mix(hash, &gate->angles[j].offset, sizeof(double));
    if (gate->kind == KW_GATE_UNITARY)
        hash = kw_mix(hash, circuit->matrices + gate->matrix, sizeof(kw_complex) << (2 * gate->n_targets));
    return hash;
}

static uint64_t digest_program(const kw_program *program) {
    uint64_t hash = (uint64_t)program->quantum.total << 32 | (uint64_t)program->classical.total;
    for (size_t i = 0; i < program->circuit->count; ++i)
        hash = digest_gate(hash, program->circuit, &program->circuit->gates[i]);
    for (size_t i = 0; i < program->steps; ++i) {
        const kw_step *s = &program->step[i];
        const int64_t numbers[] = {
            s->kind, s->condition,       (int64_t)s->value, (int64_t)s->first_gate, (int64_t)s->gates, s->qubit,
            s->bit,  (int64_t)s->qubits, s->channel};
        hash = kw_mix(hash, numbers, sizeof numbers);
        hash = kw_mix(hash, s->rates, sizeof s->rates);
    }
    return hash;
}

/* "@FILE" may be another Hamiltonian by now. */
static uint64_t digest_observable(const char *text) {
    char buffer[4096];
    uint64_t hash = kw_mix(0, text, strlen(text));
    FILE *file = *text == '@' ? fopen(text + 1, "rb") : NULL;
    if (!file) return hash;
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;) hash = kw_mix(hash, buffer, got);
    fclose(file);
    return hash;
}

kw_status kw_run_describe(const kw_run_job *j, char **out) {
    const kw_run_request *request = j->request;
    size_t length;
    FILE *file = open_memstream(out, &length);
    if (!file) return kw_fail(KW_E_NOMEM, "no memory to describe the run");
    fprintf(file, "circuit = %016" PRIx64 " (XXH3-64)\nseed = %" PRIu64 "\nshots = %" PRIu64 "\nprecision = %s\n",
            digest_program(j->program), request->seed, request->shots, kw_precision_name(request->precision));
    if (kw_precision_is_packed(request->precision)) fprintf(file, "rounding = %s\n", kw_rounding_name(request->rounding));
    for (size_t i = 0; i < request->n_observables; ++i)
        fprintf(file, "observable = %s (%016" PRIx64 ")\n", request->observables[i],
                digest_observable(request->observables[i]));
    return fclose(file) ? kw_fail(KW_E_NOMEM, "no memory to describe the run") : KW_OK;
}

kw_status kw_run_check_same(const char *source, const char *then, const char *now) {
    const char *begin = now;
    while (*now && *now == *then) ++now, ++then;
    if (*now == *then) return KW_OK;
    while (now > begin && now[-1] != '\n') --now, --then;
    const int is = (int)strcspn(now, "\n"), was = (int)strcspn(then, "\n");
    return kw_fail(KW_E_INPUT, "%s was made with \"%.*s\", now it is \"%.*s\": give another --dir, or the same values",
                   source, was ? was : 7, was ? then : "nothing", is ? is : 7, is ? now : "nothing");
}

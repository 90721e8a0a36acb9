/* The engine's half of every pair, and the comparison. */
#include "bench/pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "circuit/circuit_internal.h"
#include "engine/machine.h"
#include "studies/bench.h"

typedef struct {
    const pairs_other *other;
    kw_bench_kind kind;
    int n, parameters;
    kw_circuit *circuit;
    kw_plan *plan;
    kw_state *ket, *bra;
    kw_observable *z0;
    double *theta, *ours, *theirs; /* gradients */
    pairs_gate *gates;
} pairs;

void pairs_die(const char *message) {
    fprintf(stderr, "%s\n", message);
    exit(1);
}

double pairs_seconds(void) { return kw_seconds(); }

static void must(kw_status status) {
    if (status != KW_OK) pairs_die(kw_error_message());
}

static void flatten(pairs *p) {
    for (size_t g = 0; g < p->circuit->count; ++g) {
        const kw_gate *gate = &p->circuit->gates[g];
        pairs_gate *out = &p->gates[g];
        int qubit = 0;
        *out = (pairs_gate){.parameter = -1};
        snprintf(out->name, sizeof out->name, "%s", kw_gate_name(gate->kind));
        if (gate->controls) out->qubits[qubit++] = __builtin_ctzll(gate->controls);
        for (int j = 0; j < gate->n_targets; ++j) out->qubits[qubit++] = gate->targets[j];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
            out->angles[j] = kw_angle_value(&gate->angles[j], p->theta);
            if (gate->angles[j].parameter >= 0) out->parameter = gate->angles[j].parameter;
        }
    }
}

static void compare_amplitudes(const pairs *p) {
    for (uint64_t j = 0; j < 64; ++j) {
        const uint64_t index = (j * 0x9E3779B97F4A7C15u) >> (64 - p->n);
        kw_complex ours;
        double theirs[2];
        must(kw_state_amplitudes(p->ket, &index, 1, &ours));
        p->other->amplitude(index, theirs);
        if (cabs(ours - (theirs[0] + I * theirs[1])) > p->other->tolerance) pairs_die("the amplitudes differ");
    }
}

static void compare_gradients(const pairs *p) {
    double largest = 0;
    for (int i = 0; i < p->parameters; ++i) largest = fmax(largest, fabs(p->ours[i]));
    for (int i = 0; i < p->parameters; ++i)
        if (fabs(p->ours[i] - p->theirs[i]) > p->other->tolerance * largest) pairs_die("the gradients differ");
}

static double run_ours(const pairs *p) {
    double value;
    must(kw_state_set_basis(p->ket, 0));
    const double started = kw_seconds();
    if (p->z0) must(kw_plan_gradient(p->plan, p->theta, p->z0, p->ket, p->bra, &value, p->ours, NULL, NULL));
    else must(kw_plan_run(p->plan, p->theta, p->ket));
    return kw_seconds() - started;
}

static double run_theirs(const pairs *p) {
    if (p->z0) return p->other->gradient(p->gates, p->circuit->count, p->theirs, p->parameters);
    return p->other->run(p->gates, p->circuit->count);
}

static void *room(size_t count, size_t size) {
    void *out = calloc(count + 1, size);
    if (!out) pairs_die("no memory");
    return out;
}

static void create(pairs *p) {
    const kw_precision precision = p->other->single ? KW_SINGLE : KW_DOUBLE;
    const bool gradient = p->kind == KW_BENCH_GRADIENT;
    if (gradient && !p->other->gradient) pairs_die("the other simulator has no gradients");
    must(kw_bench_circuit(p->kind, 0, p->n, gradient, &p->circuit));
    must(kw_plan_create(p->circuit, 1, &p->plan));
    must(kw_plan_prepare(p->plan, precision));
    must(kw_state_create(kw_comm_self(), p->n, precision, &p->ket));
    p->parameters = kw_circuit_parameters(p->circuit);
    p->theta = room((size_t)p->parameters, sizeof *p->theta);
    p->ours = room((size_t)p->parameters, sizeof *p->ours);
    p->theirs = room((size_t)p->parameters, sizeof *p->theirs);
    p->gates = room(p->circuit->count, sizeof *p->gates);
    for (int i = 0; i < p->parameters; ++i) p->theta[i] = 2 * M_PI * fmod(0.6180339887498949 * (i + 1), 1);
    flatten(p);
    if (!gradient) return;
    const kw_pauli z = {1, 0, 1};
    must(kw_observable_pauli_sum(p->n, &z, 1, &p->z0));
    must(kw_state_create(kw_comm_self(), p->n, precision, &p->bra));
}

static void destroy(pairs *p) {
    kw_state_destroy(&p->ket);
    kw_state_destroy(&p->bra);
    kw_observable_destroy(&p->z0);
    kw_plan_destroy(&p->plan);
    kw_circuit_destroy(&p->circuit);
    free(p->theta);
    free(p->ours);
    free(p->theirs);
    free(p->gates);
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run_pairs(const pairs *p, const char *kind, int count) {
    double *ratios = room((size_t)count, sizeof *ratios);
    (void)run_ours(p); /* the first touch of memory, and compilation */
    (void)run_theirs(p);
    for (int pair = 0; pair < count; ++pair) {
        const double ours = run_ours(p), theirs = run_theirs(p);
        if (p->z0) compare_gradients(p);
        else compare_amplitudes(p);
        ratios[pair] = theirs / ours;
        printf("%s %d: ketwall %.6f s, %s %.6f s, ratio %.1f\n", kind, p->n, ours, p->other->name, theirs, ratios[pair]);
        fflush(stdout);
    }
    qsort(ratios, (size_t)count, sizeof *ratios, by_size);
    printf("%s %d: median ratio %.1f\n", kind, p->n, ratios[count / 2]);
    free(ratios);
}

int pairs_main(int argc, char **argv, const pairs_other *other) {
    static const kw_bench_kind kinds[] = {KW_BENCH_RQC, KW_BENCH_HEA, KW_BENCH_QFT, KW_BENCH_GRADIENT};
    const int count = argc > 3 ? atoi(argv[3]) : 3;
    pairs p = {.other = other, .kind = KW_BENCHES, .n = argc > 2 ? atoi(argv[2]) : 0};
    for (size_t k = 0; argc > 1 && k < sizeof kinds / sizeof *kinds; ++k)
        if (!strcmp(argv[1], kw_bench_name(kinds[k]))) p.kind = kinds[k];
    if (p.kind == KW_BENCHES || p.n < 4 || p.n > 32 || count < 1)
        pairs_die("usage: NAME rqc|hea|qft|gradient QUBITS [PAIRS]");
    other->create(p.n, kw_machine_threads());
    create(&p);
    run_pairs(&p, argv[1], count);
    destroy(&p);
    return 0;
}

/* What storage kinds cost: infidelity against double, measured beside estimated and bound, and seconds, in one run.
 *
 *   precision infidelity N CIRCUIT LAYERS...     a row per kind and rounding
 *   precision seconds N CIRCUIT LAYERS [REPEATS]  kinds in turn, best of REPEATS (5), from |0...0> and from a full state
 *   precision run KIND N CIRCUIT LAYERS [ROUNDING] one run: seconds, norm, infidelity, return to |0...0> or closed form of
 * qft
 *
 * Under mpirun the states are shared by all ranks.  Circuits: support/circuits.h. */
#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "cli/launch.h"
#include "ketwall/memory.h"
#include "ketwall/observable.h"
#include "ketwall/plan.h"
#include "support/circuits.h"

#define MUST(call)                                                                                                          \
    do {                                                                                                                    \
        if ((call) != KW_OK) {                                                                                              \
            fprintf(stderr, "%s\n", kw_error_message());                                                                    \
            exit(1);                                                                                                        \
        }                                                                                                                   \
    } while (0)

static kw_comm *world;

#define SAY(...)                                                                                                            \
    do {                                                                                                                    \
        if (kw_comm_rank(world) == 0) {                                                                                     \
            printf(__VA_ARGS__);                                                                                            \
            fflush(stdout);                                                                                                 \
        }                                                                                                                   \
    } while (0)

static kw_plan *plan_of(const char *name, int n, int layers) {
    kw_circuit *circuit = NULL;
    kw_plan *plan = NULL;
    MUST(test_circuit(name, n, layers, &circuit));
    MUST(kw_plan_create(circuit, kw_comm_size(world), &plan));
    kw_circuit_destroy(&circuit);
    return plan;
}

static double run(const kw_plan *plan, kw_state *state) {
    MUST(kw_plan_prepare(plan, kw_state_precision(state)));
    const double start = kw_seconds();
    MUST(kw_plan_run(plan, NULL, state));
    return kw_seconds() - start;
}

/* Largest difference of <Z_q> and <Z_q Z_q+1>. */
static double observable_error(kw_state *exact, kw_state *state, int n) {
    double most = 0;
    for (int q = 0; q < n; ++q)
        for (int two = 0; two < 2 && q + two < n; ++two) {
            const kw_pauli term = {1, 0, (uint64_t)1 << q | (uint64_t)1 << (q + two)};
            kw_observable *z = NULL;
            double a = 0, b = 0;
            MUST(kw_observable_pauli_sum(n, &term, 1, &z));
            MUST(kw_observable_expect(z, exact, &a));
            MUST(kw_observable_expect(z, state, &b));
            most = fmax(most, fabs(a - b));
            kw_observable_destroy(&z);
        }
    return most;
}

static double infidelity_of(kw_state *exact, kw_state *state) {
    kw_complex inner = 0;
    MUST(kw_state_inner(exact, state, &inner));
    return 1 - creal(inner * conj(inner)) / kw_state_norm2(exact) / kw_state_norm2(state);
}

static void infidelity_row(const kw_plan *plan, kw_state *exact, const char *name, int layers, kw_precision precision,
                           kw_rounding rounding) {
    const int n = kw_state_qubits(exact);
    kw_state *state = NULL;
    MUST(kw_state_create(world, n, precision, &state));
    kw_state_set_rounding(state, rounding, 1);
    const double seconds = run(plan, state), measured = infidelity_of(exact, state);
    const kw_infidelity told = kw_state_infidelity(state);
    const kw_infidelity foretold = kw_plan_infidelity(plan, NULL, precision, rounding);
    const double off = observable_error(exact, state, n);
    SAY("%-8s %2d %4d %-6s %-10s %5llu  %9.2e %9.2e %9.2e %9.2e  %8.1e %8.1e %8.1e %7.3f%s\n", name, n, layers,
        kw_precision_name(precision), kw_rounding_name(rounding),
        (unsigned long long)kw_plan_forward_cost(plan, precision).passes, measured, told.estimate, told.bound,
        foretold.estimate, off, 2 * sqrt(told.bound), kw_state_drift(state) - 1, seconds,
        precision >= KW_S16 && measured > told.bound + 1e-11 ? "  BOUND VIOLATED" : "");
    kw_state_destroy(&state);
}

static void infidelity(int n, const char *name, int layers) {
    kw_plan *plan = plan_of(name, n, layers);
    kw_state *exact = NULL;
    MUST(kw_state_create(world, n, KW_DOUBLE, &exact));
    run(plan, exact);
    infidelity_row(plan, exact, name, layers, KW_SINGLE, KW_ROUND_NEAREST);
    for (int p = KW_S16; p <= KW_S8; ++p)
        for (int r = KW_ROUND_AUTO; r <= KW_ROUND_STOCHASTIC; ++r)
            infidelity_row(plan, exact, name, layers, (kw_precision)p, (kw_rounding)r);
    kw_state_destroy(&exact);
    kw_plan_destroy(&plan);
}

static kw_complex flat(const void *context, uint64_t i) {
    (void)context;
    return 1 + 0.5 * (double)(i & 3);
}

/* Kinds in turn, so that what the machine does meanwhile meets all of them. */
static void seconds(int n, const char *name, int layers, int repeats) {
    kw_plan *plan = plan_of(name, n, layers);
    double best[KW_PRECISIONS][2];
    for (int p = 0; p < KW_PRECISIONS; ++p) best[p][0] = best[p][1] = INFINITY;
    for (int r = 0; r < repeats; ++r)
        for (int p = KW_SINGLE; p < KW_PRECISIONS; ++p) {
            kw_state *state = NULL;
            MUST(kw_state_create(world, n, (kw_precision)p, &state));
            for (int start = 0; start < 2; ++start) {
                if (start) MUST(kw_state_fill(state, flat, NULL));
                best[p][start] = fmin(best[p][start], run(plan, state));
            }
            kw_state_destroy(&state);
        }
    for (int p = KW_SINGLE; p < KW_PRECISIONS; ++p)
        SAY("%-8s %2d %4d %-6s  from |0>: %8.4f s   full: %8.4f s   single full / this: from |0> %.2f  full %.2f\n", name, n,
            layers, kw_precision_name((kw_precision)p), best[p][0], best[p][1], best[KW_SINGLE][1] / best[p][0],
            best[KW_SINGLE][1] / best[p][1]);
    kw_plan_destroy(&plan);
}

/* The QFT of |k>: psi_j = 2^{-n/2} e^{2 pi i j k / 2^n}, at random indices. */
static void check_qft(kw_state *state, int n) {
    enum { SAMPLES = 1 << 20 };
    uint64_t *indices = malloc(SAMPLES * sizeof *indices), k = 0;
    kw_complex *found = malloc(SAMPLES * sizeof *found), overlap = 0;
    const kw_rng rng = kw_rng_make(3, KW_STREAM_TEST, 0);
    const uint64_t mask = ((uint64_t)1 << n) - 1;
    double norm = 0;
    for (int q = 0; q < n; q += 2) k |= (uint64_t)1 << q;
    for (size_t i = 0; i < SAMPLES; ++i) indices[i] = kw_rng_bits(&rng, i) & mask;
    MUST(kw_state_amplitudes(state, indices, SAMPLES, found));
    for (size_t i = 0; i < SAMPLES; ++i) {
        const uint64_t phase = (uint64_t)((unsigned __int128)indices[i] * k & mask);
        overlap += conj(cexp(2 * M_PI * I * (double)phase / (double)(mask + 1))) * found[i];
        norm += creal(found[i] * conj(found[i]));
    }
    SAY("  closed form at %d indices: infidelity %.3e, mean |psi|^2 2^n = 1 %+.2e\n", SAMPLES,
        1 - creal(overlap * conj(overlap)) / norm / SAMPLES, norm / SAMPLES * (double)(mask + 1) - 1);
    free(indices);
    free(found);
}

static void single_run(const char *kind, int n, const char *name, int layers, const char *rounding) {
    kw_rounding how = KW_ROUND_AUTO;
    kw_precision precision = KW_DOUBLE;
    kw_state *state = NULL;
    MUST(kw_precision_parse(kind, &precision));
    MUST(kw_rounding_parse(rounding, &how));
    kw_plan *plan = plan_of(name, n, layers);
    MUST(kw_state_create(world, n, precision, &state));
    kw_state_set_rounding(state, how, 1);
    const double took = run(plan, state), norm2 = kw_state_norm2(state);
    const kw_infidelity told = kw_state_infidelity(state);
    const uint64_t zero = 0;
    kw_complex first = 0;
    MUST(kw_state_amplitudes(state, &zero, 1, &first));
    SAY("%s n=%d layers=%d %s on %d ranks: %.2f s, %llu passes, %.2f GiB counted, %.2f GiB resident per rank\n"
        "  infidelity: estimate %.3e, bound %.3e; norm^2 1 %+.3e before it was restored, 1 %+.1e after; |<0|psi>|^2 = 1 - "
        "%.4e\n",
        name, n, layers, kind, kw_comm_size(world), took, (unsigned long long)kw_plan_forward_cost(plan, precision).passes,
        (double)kw_memory_peak() / 0x1p30, (double)kw_memory_resident() / 0x1p30, told.estimate, told.bound,
        kw_state_drift(state) - 1, norm2 - 1, 1 - creal(first * conj(first)));
    if (!strcmp(name, "qft")) check_qft(state, n);
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
}

static int usage(void) {
    fprintf(stderr, "precision infidelity|seconds N CIRCUIT LAYERS...  |  precision run KIND N CIRCUIT LAYERS [ROUNDING]\n");
    return 64;
}

int main(int argc, char **argv) {
    if (kw_launch(&argc, &argv, &world) != KW_OK) return 1;
    if (argc < 5) return kw_launch_end(&world, usage());
    const int n = atoi(argv[2]);
    if (!strcmp(argv[1], "infidelity")) {
        SAY("circuit   n layers kind  rounding  passes  measured  estimate     bound   planned    <Z> off  bound    drift  "
            "seconds\n");
        for (int i = 4; i < argc; ++i) infidelity(n, argv[3], atoi(argv[i]));
    } else if (!strcmp(argv[1], "seconds")) seconds(n, argv[3], atoi(argv[4]), argc > 5 ? atoi(argv[5]) : 5);
    else if (!strcmp(argv[1], "run") && argc > 5)
        single_run(argv[2], atoi(argv[3]), argv[4], atoi(argv[5]), argc > 6 ? argv[6] : "auto");
    else return kw_launch_end(&world, usage());
    return kw_launch_end(&world, 0);
}

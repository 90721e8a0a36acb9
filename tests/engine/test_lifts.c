/* Exchanges move whole runs: before one, the scheduler swaps qubits out of the positions within runs. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/plan_internal.h"
#include "studies/bench.h"
#include "support/comm_threads.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

static kw_plan *plan_of(const kw_circuit *circuit, int ranks) {
    kw_plan *plan = NULL;
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    return plan;
}

static test_program *random_program(int n, int ranks, size_t gates, uint64_t seed) {
    const int local = n - kw_log2((uint64_t)ranks);
    const test_recipe recipe = {.n = n, .max_targets = local < 3 ? local : 3};
    test_program *program = test_program_create(n);
    test_program_random(program, &recipe, gates, seed);
    return program;
}

/* Lowest position that any exchange of the plan moves. */
static int lowest(const kw_plan *plan) {
    int low = KW_MAX_QUBITS;
    for (size_t i = 0; i < plan->n_swaps; ++i)
        for (int j = 0; j < plan->swaps[i].count; ++j) {
            if (plan->swaps[i].local[j] < low) low = plan->swaps[i].local[j];
            assert_in_range(plan->swaps[i].local[j], 0, plan->n_local - 1);
            assert_in_range(plan->swaps[i].global[j], plan->n_local, plan->n_qubits - 1);
        }
    return low;
}

static void exchanges_move_whole_runs(void **unused) {
    (void)unused;
    int lifted = 0, tight = 0;
    for (int g = 1; g <= 6; ++g)
        for (int n = 2 * g + 3; n <= 2 * g + 8; ++n)
            for (uint64_t seed = 1; seed <= 5; ++seed) {
                test_program *program = random_program(n, 1 << g, 120, seed);
                kw_circuit *circuit = test_program_circuit(program);
                kw_plan *plan = plan_of(circuit, 1 << g);
                if (n - g >= KW_RUN_BITS + g) assert_in_range(lowest(plan), KW_RUN_BITS, KW_MAX_QUBITS);
                else {
                    assert_true(plan->lift == KW_NO_LIFT); /* no room: left as they are */
                    tight += lowest(plan) < KW_RUN_BITS;
                }
                lifted += plan->lift != KW_NO_LIFT;
                kw_plan_destroy(&plan);
                kw_circuit_destroy(&circuit);
                test_program_destroy(&program);
            }
    assert_true(lifted > 40 && tight > 10); /* both cases are met */
}

/* Exchanges of known circuits, which lifting must not add to. */
static void exchanges_did_not_grow(void **unused) {
    (void)unused;
    kw_circuit *hea = NULL, *qft = NULL;
    TEST_MUST(kw_circuit_create(36, &hea));
    TEST_MUST(kw_circuit_append_ansatz(hea, KW_ANSATZ_HEA, 20, false));
    TEST_MUST(kw_bench_circuit(KW_BENCH_QFT, 0, 36, false, &qft));
    for (int ranks = 2; ranks <= 64; ranks *= 2) {
        kw_plan *plan = plan_of(hea, ranks), *other = plan_of(qft, ranks);
        assert_int_equal(kw_plan_forward_cost(plan, KW_S8).exchanges, 1);
        assert_in_range(kw_plan_forward_cost(other, KW_S8).exchanges, 1, 2);
        assert_in_range(lowest(plan), KW_RUN_BITS, 36);
        assert_in_range(lowest(other), KW_RUN_BITS, 36);
        kw_plan_destroy(&other);
        kw_plan_destroy(&plan);
    }
    kw_circuit_destroy(&hea);
    kw_circuit_destroy(&qft);
}

/* ---- virtual ranks ---- */

typedef struct {
    int n;
    const kw_circuit *circuit;
    const kw_complex *start, *expected;
    int ran[KW_PRECISIONS], wrong;
} many;

static void run_many(kw_comm *comm, void *context) {
    many *m = context;
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        if (!test_fits(comm, m->n, (kw_precision)p)) continue;
        kw_state *state = test_state(comm, m->n, (kw_precision)p, m->start);
        test_execute(comm, m->circuit, NULL, state);
        bool right = test_distance(state, m->expected) < test_tolerance_of(state);
        TEST_MUST(kw_state_order(state));
        right = right && test_distance(state, m->expected) < test_tolerance_of(state);
        if (!right) __atomic_add_fetch(&m->wrong, 1, __ATOMIC_RELAXED);
        __atomic_add_fetch(&m->ran[p], 1, __ATOMIC_RELAXED);
        kw_state_destroy(&state);
    }
}

static void virtual_ranks_agree_with_the_reference(void **unused) {
    (void)unused;
    for (int g = 1; g <= 5; ++g)
        for (int width = 4 + 2 * g; width <= 7 + 2 * g && width <= 15; ++width) {
            test_program *program = random_program(width, 1 << g, 60, (uint64_t)width);
            kw_circuit *circuit = test_program_circuit(program);
            kw_complex *start = dense_random(2, width), *expected = dense_random(2, width);
            test_program_dense(program, NULL, expected);
            many m = {width, circuit, start, expected, {0}, 0};
            test_virtual_ranks(1 << g, run_many, &m);
            if (m.wrong) fail_msg("%d qubits on %d ranks: wrong", width, 1 << g);
            assert_int_equal(m.ran[KW_S8], width >= 5 + 2 * g ? 1 << g : 0);
            free(start);
            free(expected);
            kw_circuit_destroy(&circuit);
            test_program_destroy(&program);
        }
}

/* 64 ranks, from a basis state: a few amplitudes against one rank in double precision. */
enum { PROBES = 64, WIDE = 17 };

typedef struct {
    const kw_circuit *circuit;
    uint64_t probes[PROBES];
    kw_complex expected[PROBES];
    int wrong;
} probed;

static void run_probed(kw_comm *comm, void *context) {
    probed *m = context;
    kw_complex found[PROBES];
    for (int p = KW_DOUBLE; p < KW_PRECISIONS; ++p) {
        kw_state *state = test_state(comm, WIDE, (kw_precision)p, NULL);
        double sum = 0;
        test_execute(comm, m->circuit, NULL, state);
        TEST_MUST(kw_state_amplitudes(state, m->probes, PROBES, found));
        for (int j = 0; j < PROBES; ++j) sum += pow(cabs(found[j] - m->expected[j]), 2);
        const double norm2 = kw_state_norm2(state);
        if (!(sqrt(sum) < test_tolerance_of(state)) || !(fabs(norm2 - 1) < 1e-5))
            __atomic_add_fetch(&m->wrong, 1, __ATOMIC_RELAXED);
        kw_state_destroy(&state);
    }
}

static void sixty_four_ranks_agree_with_one(void **unused) {
    (void)unused;
    for (uint64_t seed = 1; seed <= 2; ++seed) {
        probed m = {.wrong = 0};
        uint64_t random = seed;
        test_program *program = random_program(WIDE, 64, 150, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_state *alone = test_state(kw_comm_self(), WIDE, KW_DOUBLE, NULL);
        for (int j = 0; j < PROBES; ++j) m.probes[j] = dense_bits(&random) % (1 << WIDE);
        test_execute(kw_comm_self(), circuit, NULL, alone);
        TEST_MUST(kw_state_amplitudes(alone, m.probes, PROBES, m.expected));
        m.circuit = circuit;
        test_virtual_ranks(64, run_probed, &m);
        assert_int_equal(m.wrong, 0);
        kw_state_destroy(&alone);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
}

/* What is left of a plan whose stages end with such swaps, begun on virtual ranks. */
typedef struct {
    const kw_plan *plan;
    uint64_t steps;
    kw_complex *begun;
} cut;

static bool stop_at(void *context, uint64_t done, uint64_t steps) {
    (void)steps;
    return done < *(uint64_t *)context;
}

static void begin(kw_comm *comm, void *context) {
    cut *c = context;
    kw_plan *plan = plan_of(c->plan->circuit, kw_comm_size(comm)); /* a plan serves one caller */
    kw_state *state = test_state(comm, c->plan->n_qubits, KW_DOUBLE, NULL);
    if (kw_plan_run_watched(plan, NULL, state, 0, stop_at, &c->steps) != KW_E_STOPPED) abort();
    TEST_MUST(kw_state_order(state));
    kw_complex *amplitudes = test_amplitudes(state);
    if (kw_comm_rank(comm) == 0) c->begun = amplitudes;
    else free(amplitudes);
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
}

static void rests_hold_the_swaps(void **unused) {
    (void)unused;
    int lifted = 0;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
        const int n = 12, ranks = 8;
        test_program *program = random_program(n, ranks, 120, seed);
        kw_circuit *circuit = test_program_circuit(program);
        kw_plan *plan = plan_of(circuit, ranks);
        kw_complex *expected = dense_zero(n);
        test_program_dense(program, NULL, expected);
        lifted += plan->lift != KW_NO_LIFT;
        for (uint64_t done = 1; done <= plan->forward.steps.count; ++done) {
            kw_circuit *left = NULL;
            cut c = {plan, done, NULL};
            const kw_plan whole = {.circuit = circuit, .n_qubits = n};
            c.plan = &whole;
            test_virtual_ranks(ranks, begin, &c);
            TEST_MUST(kw_plan_rest(plan, done, &left));
            kw_state *ended = test_state(kw_comm_self(), n, KW_DOUBLE, c.begun);
            test_execute(kw_comm_self(), left, NULL, ended);
            assert_true(test_distance(ended, expected) < 1e-12);
            kw_circuit_destroy(&left);
            kw_state_destroy(&ended);
            free(c.begun);
        }
        free(expected);
        kw_plan_destroy(&plan);
        kw_circuit_destroy(&circuit);
        test_program_destroy(&program);
    }
    assert_int_equal(lifted, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_move_whole_runs),
        cmocka_unit_test(exchanges_did_not_grow),
        cmocka_unit_test(virtual_ranks_agree_with_the_reference),
        cmocka_unit_test(sixty_four_ranks_agree_with_one),
        cmocka_unit_test(rests_hold_the_swaps),
    };
    return TEST_RUN("lifts", tests);
}

/* Forecasts of programs and gradients: what is foretold is what is counted; where outcomes decide it is never less. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/memory.h"
#include "engine/machine.h"
#include "engine/state_internal.h"
#include "ketwall/forecast.h"
#include "models/circuit_run.h"
#include "support/comm_threads.h"
#include "support/dense.h"
#include "support/program.h"
#include "support/run.h"
#include "support/world.h"

#define GIB  ((uint64_t)1 << 30)
#define HEAD "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[6]; creg c[6]; "

typedef enum { EQUAL, BOUND, MAYBE } claim; /* MAYBE: exact where no such qubit is in a rank bit */

typedef struct {
    const char *text;
    claim claimed; /* of the counts to the plan where the state is spread over ranks */
} example;

static const example examples[] = {
    /* static */
    {HEAD "h q; cx q[5],q[0]; u3(1,2,3) q[5]; cu1(pi/8) q[4],q[5]; ry(0.3) q[4];", EQUAL},
    {HEAD "h q[5]; cx q[5],q[0]; swap q[5],q[1]; rxx(0.4) q[4],q[5]; measure q -> c;", EQUAL},
    /* shot by shot, but nothing to decide */
    {HEAD "h q; measure q[5] -> c[0]; h q[5]; cx q[5],q[3]; measure q[4] -> c[1]; ry(1) q[4]; measure q -> c;", EQUAL},
    {HEAD "h q[5]; measure q[5] -> c[0]; h q[5]; barrier q; ry(1) q[4]; measure q[0] -> c[1];", EQUAL},
    /* a reset that always finds 1 */
    {HEAD "x q[5]; x q[0]; reset q[5]; reset q[0]; h q[5];", EQUAL},
    /* resets and conditions that happen now and then, or never */
    {HEAD "h q; reset q[5]; h q[5]; reset q[0]; measure q -> c;", MAYBE},
    {HEAD "h q[5]; measure q[5] -> c[5]; if(c==32) h q[5]; if(c==32) ry(1) q[4]; if(c==1) reset q[5]; measure q -> c;",
     BOUND},
    {HEAD "h q; reset q; h q; reset q[5]; reset q[4]; reset q[3]; reset q[2]; reset q[1]; reset q[0]; h q[5];", MAYBE},
    {HEAD "h q; measure q[0] -> c[0]; if(c==1) h q[5]; if(c==0) h q[4]; reset q[3]; if(c==1) reset q[2]; reset q[5];",
     MAYBE},
    {HEAD "x q[5]; reset q[5]; h q[4]; measure q[4] -> c[0]; if(c==7) u3(1,2,3) q[5];", BOUND},
};
enum { EXAMPLES = sizeof examples / sizeof *examples };

static kw_program *parse(const char *text) {
    kw_program *program = NULL;
    TEST_MUST(kw_program_parse(text, strlen(text), "test", &program));
    return program;
}

/* No prices: seconds are tested elsewhere. */
static kw_run_forecast foretell(const kw_program *program, const kw_run_request *request, int ranks) {
    kw_run_forecast forecast;
    const kw_forecast_query query = {.request = request, .ranks = ranks};
    TEST_MUST(kw_program_foretell(program, &query, &forecast));
    return forecast;
}

static void check(const char *text, claim claimed, const char *what, uint64_t foretold, uint64_t counted) {
    if (claimed == EQUAL ? foretold == counted : foretold >= counted) return;
    fail_msg("%s\n%s: foretold %llu, counted %llu", text, what, (unsigned long long)foretold, (unsigned long long)counted);
}

/* For packed states, which ranks share from 9 qubits on, with qubits 7 and 8 for 4 and 5. */
static const char *text_of(const example *e, kw_precision precision) {
    static char text[1024];
    size_t used = 0;
    if (!kw_precision_is_packed(precision)) return e->text;
    for (const char *from = e->text; *from; ++from) {
        const bool last = from > e->text && from[-1] == '[' && *from >= '4' && *from <= '6' && from[1] == ']';
        text[used++] = last ? (char)(*from + 3) : *from;
    }
    text[used] = '\0';
    return text;
}

static void check_program(const example *e, const kw_run_request *request) {
    kw_program *program = parse(text_of(e, request->precision));
    const int ranks = kw_comm_size(test_world());
    const kw_run_forecast f = foretell(program, request, ranks);
    kw_run_result *result = NULL;
    TEST_MUST(kw_program_run(test_world(), program, request, &result));
    check(e->text, EQUAL, "passes", f.passes, result->passes);
    check(e->text, EQUAL, "peak", f.peak_bytes_per_rank, result->peak_bytes_per_rank);
    check(e->text, e->claimed, "exchanges", f.exchanges, result->exchanges);
    check(e->text, e->claimed, "bytes", f.bytes_exchanged, result->bytes_exchanged);
    if (f.exact) check(e->text, EQUAL, "exact exchanges", f.exchanges, result->exchanges);
    if (result->is_static) assert_true(f.exact);
    if (e->claimed == BOUND && f.ranks_per_state > 1) assert_false(f.exact);
    assert_int_equal(f.ranks_per_state * f.replicas, ranks);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
}

/* With as many replicas, and as many ranks per state, as the ranks allow. */
static void programs_cost_what_was_foretold(void **state) {
    (void)state;
    static const char *const observables[] = {"X5 Z0", "Z5", "Y4 Y5"}, *const wide[] = {"X8 Z0", "Z8", "Y7 Y8"};
    const int ranks = kw_comm_size(test_world());
    for (int i = 0; i < EXAMPLES; ++i)
        for (int kind = 0; kind < KW_PRECISIONS; ++kind)
            for (int spread = 0; spread < 2; ++spread)
                for (size_t n = 0; n <= 3; n += 3) {
                    kw_run_request request = {.shots = 37, .seed = 5, .n_observables = n};
                    request.precision = (kw_precision)kind;
                    request.observables = kw_precision_is_packed(request.precision) ? wide : observables;
                    request.memory_per_rank = GIB;
                    kw_program *program = parse(text_of(&examples[i], request.precision));
                    if (spread) /* what the grid asks for; the few bytes of plans do not count there */
                        request.memory_per_rank = kw_state_bytes(kw_program_qubits(program), request.precision, ranks)
                                                  + kw_program_shot_bytes(program, &request);
                    const kw_run_forecast f = foretell(program, &request, ranks);
                    assert_int_equal(f.ranks_per_state, spread || kw_program_is_static(program) ? ranks : 1);
                    assert_true(f.fits || spread);
                    kw_program_destroy(&program);
                    check_program(&examples[i], &request);
                }
}

/* X brings qubit 5 down for qubit 3.  If the reset finds a 1, qubit 3 changes back with it, else they change back at the
 * end: two exchanges of one qubit either way, half of 2^4 amplitudes each. */
static void spread_states_exchange(void **state) {
    (void)state;
    const int ranks = 4;
    kw_run_request request = {.shots = 8, .memory_per_rank = kw_state_bytes(6, KW_DOUBLE, ranks) + 64};
    kw_program *program = parse(HEAD "z q[3]; x q[5]; reset q[3];");
    const kw_run_forecast f = foretell(program, &request, ranks);
    assert_int_equal(f.ranks_per_state, ranks);
    assert_int_equal(f.replicas, 1);
    assert_false(f.exact);
    assert_int_equal(f.exchanges, 8 * 2);
    assert_int_equal(f.bytes_exchanged, 8 * 2 * 8 * 16);
    request.memory_per_rank = GIB;
    const kw_run_forecast roomy = foretell(program, &request, ranks);
    assert_int_equal(roomy.replicas, 4);
    assert_int_equal(roomy.exchanges, 0);
    assert_true(roomy.exact);
    kw_program_destroy(&program);
}

enum { WIDE = 8, WIDE_RANKS = 16, WIDE_STEPS = 60 };

/* Gates, measurements, conditions and many resets in a row, at random; returns the text's length. */
static size_t random_text(uint64_t seed, char *text, size_t bytes) {
    size_t used =
        (size_t)snprintf(text, bytes, "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[%d]; creg c[%d]; ", WIDE, WIDE);
    const uint64_t gates = 1 + seed % 8; /* of ten steps */
    for (int i = 0; i < WIDE_STEPS; ++i) {
        const int a = (int)(dense_bits(&seed) % WIDE), b = (a + 1 + (int)(dense_bits(&seed) % (WIDE - 1))) % WIDE;
        const char *condition = dense_bits(&seed) % 4 ? "" : "if(c==1) ";
        char *at = text + used;
        const size_t room = bytes - used;
        if (dense_bits(&seed) % 10 < gates)
            used +=
                (size_t)snprintf(at, room, dense_bits(&seed) % 2 ? "%sh q[%d]; " : "%scx q[%d],q[%d]; ", condition, a, b);
        else if (dense_bits(&seed) % 4) used += (size_t)snprintf(at, room, "%sreset q[%d]; ", condition, a);
        else used += (size_t)snprintf(at, room, "%smeasure q[%d] -> c[%d]; ", condition, a, b);
    }
    return used;
}

typedef struct {
    const kw_program *program;
    const kw_run_request *request;
    kw_run_result *results[WIDE_RANKS];
} wide_run;

static void run_wide(kw_comm *comm, void *context) {
    wide_run *w = context;
    (void)kw_program_run(comm, w->program, w->request, &w->results[kw_comm_rank(comm)]);
}

/* On 16 virtual ranks with 4 local qubits, where more arrangements are possible than are followed one by one. */
static void random_programs_stay_below(void **state) {
    (void)state;
    static const char *const observable = "X0 Y7";
    static char text[16384];
    int exact = 0, below = 0;
    if (kw_comm_size(test_world()) > 1) return;
    for (uint64_t seed = 1; seed <= 40; ++seed) {
        kw_program *program = NULL;
        TEST_MUST(kw_program_parse(text, random_text(seed, text, sizeof text), "test", &program));
        kw_run_request request = {.shots = 6, .seed = seed, .observables = &observable, .n_observables = 1};
        request.memory_per_rank = kw_state_bytes(WIDE, KW_DOUBLE, WIDE_RANKS) + kw_program_shot_bytes(program, &request);
        const kw_run_forecast f = foretell(program, &request, WIDE_RANKS);
        wide_run w = {.program = program, .request = &request};
        test_virtual_ranks(WIDE_RANKS, run_wide, &w);
        assert_non_null(w.results[0]);
        check(text, f.exact ? EQUAL : BOUND, "exchanges", f.exchanges, w.results[0]->exchanges);
        check(text, f.exact ? EQUAL : BOUND, "bytes", f.bytes_exchanged, w.results[0]->bytes_exchanged);
        check(text, EQUAL, "passes", f.passes, w.results[0]->passes);
        exact += f.exact;
        below += f.bytes_exchanged > w.results[0]->bytes_exchanged;
        for (int r = 0; r < WIDE_RANKS; ++r) kw_run_result_destroy(&w.results[r]);
        kw_program_destroy(&program);
    }
    assert_true(below > 0 && exact < 40);
}

/* Replicas share the shots, and every shot takes as long. */
static void seconds_follow_the_shots(void **state) {
    (void)state;
    kw_machine machine = {.nodes = 8, .ranks_per_node = 1, .cores_per_rank = 1, .memory_bandwidth = 1e9};
    kw_program *program = parse(HEAD "h q; measure q[1] -> c[1]; if(c==2) ry(1) q[1]; reset q[5];");
    kw_run_request request = {.shots = 64, .memory_per_rank = GIB};
    kw_forecast_query query = {.request = &request, .ranks = 1, .machine = &machine};
    kw_run_forecast one, four, twice;
    TEST_MUST(kw_program_foretell(program, &query, &one));
    query.ranks = 4;
    TEST_MUST(kw_program_foretell(program, &query, &four));
    request.shots = 128;
    TEST_MUST(kw_program_foretell(program, &query, &twice));
    assert_true(one.seconds.compute > 0);
    assert_true(four.seconds.compute == one.seconds.compute / 4);
    assert_true(twice.seconds.compute == one.seconds.compute / 2);
    kw_program_destroy(&program);
}

/* What a run refuses is refused; what does not fit is foretold. */
static void refusals(void **state) {
    (void)state;
    kw_program *program = parse(HEAD "h q; measure q -> c; h q;");
    kw_run_forecast f;
    kw_run_request request = {.memory_per_rank = GIB};
    const uint64_t beyond[] = {64};
    kw_forecast_query query = {.request = &request, .ranks = 2};
    assert_int_equal(kw_program_foretell(program, &query, &f), KW_E_INPUT); /* no shots */
    request.shots = 1;
    request.all_amplitudes = true;
    assert_int_equal(kw_program_foretell(program, &query, &f), KW_E_INPUT);
    request.all_amplitudes = false;
    query.ranks = 3;
    assert_int_equal(kw_program_foretell(program, &query, &f), KW_E_ARG);
    query.ranks = 2;
    request.memory_per_rank = 100;
    TEST_MUST(kw_program_foretell(program, &query, &f));
    assert_false(f.fits);
    assert_int_equal(f.ranks_per_state, 2);
    kw_program_destroy(&program);
    program = parse(HEAD "h q;");
    request = (kw_run_request){.memory_per_rank = GIB, .amplitudes = beyond, .n_amplitudes = 1};
    assert_int_equal(kw_program_foretell(program, &query, &f), KW_E_INPUT);
    kw_program_destroy(&program);
}

/* Amplitudes are read where they are: no exchange. */
static void amplitudes_cost_nothing(void **state) {
    (void)state;
    const example e = {HEAD "h q; cx q[5],q[0]; u3(1,2,3) q[5]; ry(0.3) q[4];", EQUAL};
    check_program(&e, &(kw_run_request){.all_amplitudes = true, .memory_per_rank = GIB});
}

static void check_gradient(const kw_circuit *circuit, kw_precision precision, const char *text) {
    const int ranks = kw_comm_size(test_world()), n = kw_circuit_qubits(circuit), p = kw_circuit_parameters(circuit);
    const kw_run_request request = {
        .precision = precision, .observables = &text, .n_observables = 1, .memory_per_rank = GIB};
    const kw_forecast_query query = {.request = &request, .ranks = ranks};
    kw_run_forecast f;
    TEST_MUST(kw_gradient_foretell(circuit, &query, &f));
    double *theta = calloc((size_t)p, sizeof *theta), *gradient = calloc((size_t)p, sizeof *gradient), value;
    kw_observable *observable = NULL;
    kw_pauli pauli;
    kw_plan *plan = NULL;
    TEST_MUST(kw_pauli_parse(text, n, &pauli));
    TEST_MUST(kw_observable_pauli_sum(n, &pauli, 1, &observable));
    const uint64_t before = kw_memory_now();
    kw_memory_peak_reset();
    kw_state *ket = test_state(test_world(), n, precision, NULL), *bra = test_state(test_world(), n, precision, NULL);
    TEST_MUST(kw_plan_create(circuit, ranks, &plan));
    const kw_traffic begin = kw_state_traffic(ket);
    TEST_MUST(kw_plan_gradient(plan, theta, observable, ket, bra, &value, gradient, NULL, NULL));
    const kw_traffic a = kw_state_traffic(ket), b = kw_state_traffic(bra);
    assert_int_equal(begin.exchanges, 0);
    assert_int_equal(f.exchanges, a.exchanges + b.exchanges);
    assert_int_equal(f.bytes_exchanged, a.bytes + b.bytes);
    assert_int_equal(f.peak_bytes_per_rank, kw_memory_peak() - before);
    assert_int_equal(f.passes, kw_plan_gradient_cost(plan, precision).passes);
    kw_plan_destroy(&plan);
    kw_state_destroy(&ket);
    kw_state_destroy(&bra);
    kw_observable_destroy(&observable);
    free(theta);
    free(gradient);
}

/* Every angle of a file is trained, also those before the first one that a program would have as a parameter. */
static void gradients_cost_what_was_foretold(void **state) {
    (void)state;
    static const test_recipe recipe = {.n = 7, .max_targets = 2};
    for (uint64_t seed = 1; seed <= 6; ++seed) {
        test_program *program = test_program_create(recipe.n);
        test_program_random(program, &recipe, 40, seed);
        kw_circuit *constant = test_program_circuit(program), *trained = NULL;
        TEST_MUST(kw_circuit_train_all(constant, &trained));
        int angles = 0;
        for (size_t g = 0; g < program->count; ++g) angles += kw_gate_angles(program->gates[g].kind);
        assert_int_equal(kw_circuit_parameters(constant), 0);
        assert_int_equal(kw_circuit_parameters(trained), angles);
        check_gradient(trained, seed % 2 ? KW_DOUBLE : KW_SINGLE, seed % 3 ? "X6 Z0" : "Z5 Z6");
        kw_circuit_destroy(&trained);
        kw_circuit_destroy(&constant);
        test_program_destroy(&program);
    }
}

static void circuits_without_angles_have_no_gradient(void **state) {
    (void)state;
    kw_program *program = parse(HEAD "h q; cx q[5],q[0];");
    kw_circuit *trained = NULL;
    kw_run_forecast f;
    const kw_run_request request = {.memory_per_rank = GIB};
    const kw_forecast_query query = {.request = &request, .ranks = 1};
    assert_int_equal(kw_circuit_train_all(kw_program_circuit(program), &trained), KW_E_INPUT);
    assert_null(trained);
    assert_int_equal(kw_gradient_foretell(kw_program_circuit(program), &query, &f), KW_E_INPUT);
    kw_program_destroy(&program);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_cost_what_was_foretold),
        cmocka_unit_test(spread_states_exchange),
        cmocka_unit_test(random_programs_stay_below),
        cmocka_unit_test(seconds_follow_the_shots),
        cmocka_unit_test(refusals),
        cmocka_unit_test(amplitudes_cost_nothing),
        cmocka_unit_test(gradients_cost_what_was_foretold),
        cmocka_unit_test(circuits_without_angles_have_no_gradient),
    };
    return TEST_RUN("circuit forecasts", tests);
}

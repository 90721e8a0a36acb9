/* Exact encoders: circuits that are known to attain the Ky Fan optimum, run through plans; measured trash fidelity =
 * optimum. */
#include <math.h>
#include <stdlib.h>

#include "data/ensemble.h"
#include "ketwall/observable.h"
#include "ketwall/plan.h"
#include "support/world.h"

#define MUST(call)                                                                                                          \
    do {                                                                                                                    \
        if (call) fail_msg("%s", kw_error_message());                                                                       \
    } while (0)

static bool room(int n, int local) { return n - local >= 0 && (1 << (n - local)) >= kw_comm_size(test_world()); }

/* Mean over the ensemble of the probability that the trash qubits of the encoded state are all 0. */
static double fidelity(const kw_ensemble *ensemble, const kw_circuit *encoder, uint64_t trash) {
    double sum = 0.0, weights[KW_MAX_QUBITS + 1];
    kw_plan *plan = NULL;
    kw_state *state = NULL;
    MUST(kw_plan_create(encoder, kw_comm_size(test_world()), &plan));
    MUST(kw_state_create(test_world(), kw_circuit_qubits(encoder), KW_DOUBLE, &state));
    for (int i = 0; i < kw_ensemble_members(ensemble); ++i) {
        MUST(kw_ensemble_prepare(ensemble, i, state, NULL, 0));
        MUST(kw_plan_run(plan, NULL, state));
        kw_state_trash_weights(state, trash, weights);
        sum += kw_ensemble_weight(ensemble, i) * weights[0];
    }
    kw_state_destroy(&state);
    kw_plan_destroy(&plan);
    return sum;
}

static kw_ensemble *create(const kw_ensemble_config *config) {
    kw_ensemble *ensemble = NULL;
    MUST(kw_ensemble_create(config, &ensemble));
    return ensemble;
}

static void gate(kw_circuit *circuit, kw_gate_kind kind, const int *qubits, int count) {
    MUST(kw_circuit_append(circuit, kind, qubits, count, NULL));
}

static uint64_t all_but(int n, uint64_t latent) { return (((uint64_t)1 << n) - 1) & ~latent; }

static void test_ghz_ladder(void **unused) {
    (void)unused;
    const kw_family families[] = {KW_FAMILY_GHZ_ANGLE, KW_FAMILY_GHZ_PHASE};
    for (int f = 0; f < 2; ++f)
        for (int n = 4; n <= 12; n += 4) {
            kw_circuit *ladder = NULL, *nothing = NULL;
            kw_ensemble *ensemble = create(
                &(kw_ensemble_config){.family = families[f], .n_qubits = n, .members = 5, .sampling = KW_SAMPLING_RANDOM});
            kw_ensemble *balanced = create(&(kw_ensemble_config){
                .family = families[f], .n_qubits = n, .members = 5, .sampling = KW_SAMPLING_QUADRATURE});
            MUST(kw_circuit_create(n, &ladder));
            MUST(kw_circuit_create(n, &nothing));
            for (int q = n - 2; q >= 0; --q) gate(ladder, KW_GATE_CX, (int[]){q, q + 1}, 2);
            assert_true(fabs(fidelity(ensemble, ladder, all_but(n, 1)) - 1.0) < 1e-10);
            assert_true(fabs(fidelity(balanced, nothing, all_but(n, 0)) - 0.5) < 1e-10);
            kw_circuit_destroy(&nothing);
            kw_circuit_destroy(&ladder);
            kw_ensemble_destroy(&balanced);
            kw_ensemble_destroy(&ensemble);
        }
}

static void test_cerezo(void **unused) {
    (void)unused;
    kw_circuit *encoder = NULL;
    kw_ensemble *ensemble = create(&(kw_ensemble_config){.family = KW_FAMILY_CEREZO, .n_qubits = 11});
    MUST(kw_circuit_create(11, &encoder));
    gate(encoder, KW_GATE_CX, (int[]){0, 1}, 2);
    gate(encoder, KW_GATE_CX, (int[]){0, 2}, 2);
    assert_true(fabs(fidelity(ensemble, encoder, all_but(11, 1)) - 1.0) < 1e-10);
    assert_true(fabs(fidelity(ensemble, encoder, all_but(11, 0)) - 2.0 / 3.0) < 1e-10);
    kw_circuit_destroy(&encoder);
    kw_ensemble_destroy(&ensemble);
}

/* Unary -> binary: qubits at positions 1, 2, 4, ... become the binary digits of the position of the only one.  Those
 * positions are right already; every other position j > 0 writes its digits and is then cleared where they spell j; position
 * 0 last, when no other state is left with all digits 0. */
static kw_circuit *unary_to_binary(int n, uint64_t *latent) {
    kw_circuit *circuit = NULL;
    int digits = 0, digit[KW_MAX_QUBITS];
    MUST(kw_circuit_create(n, &circuit));
    *latent = 0;
    for (int position = 1; position < n; position *= 2) {
        digit[digits++] = position;
        *latent |= (uint64_t)1 << position;
    }
    for (int step = 1; step <= n; ++step) {
        const int j = step % n;
        if (j && (*latent >> j & 1)) continue;
        int qubits[KW_MAX_QUBITS];
        for (int d = 0; d < digits; ++d) {
            if (j >> d & 1) gate(circuit, KW_GATE_CX, (int[]){j, digit[d]}, 2);
            qubits[d] = digit[d];
        }
        qubits[digits] = j;
        for (int d = 0; d < digits; ++d)
            if (!(j >> d & 1)) gate(circuit, KW_GATE_X, &digit[d], 1);
        gate(circuit, KW_GATE_MCX, qubits, digits + 1);
        for (int d = 0; d < digits; ++d)
            if (!(j >> d & 1)) gate(circuit, KW_GATE_X, &digit[d], 1);
    }
    return circuit;
}

static void test_unary_to_binary(void **unused) {
    (void)unused;
    const kw_family families[] = {KW_FAMILY_W_PHASE, KW_FAMILY_W_GRADED};
    for (int f = 0; f < 2; ++f)
        for (int n = 4; n <= 11; ++n) {
            uint64_t latent = 0;
            kw_circuit *encoder = unary_to_binary(n, &latent);
            kw_ensemble *ensemble =
                create(&(kw_ensemble_config){.family = families[f], .n_qubits = n, .sampling = KW_SAMPLING_QUADRATURE});
            assert_true(fabs(fidelity(ensemble, encoder, all_but(n, latent)) - 1.0) < 1e-10);
            /* one digit fewer keeps the positions below the largest power of two: the 2^latent largest weights */
            int top = 1;
            while (2 * top < n) top *= 2;
            const double kept = f == 0 ? (double)top / n : (double)(top * (2 * n - top + 1)) / (double)(n * (n + 1));
            assert_true(fabs(fidelity(ensemble, encoder, all_but(n, latent & ~((uint64_t)1 << top))) - kept) < 1e-10);
            kw_circuit_destroy(&encoder);
            kw_ensemble_destroy(&ensemble);
        }
}

/* The inverse of the scrambling circuit: latent qubits are the first ones. */
static void test_scrambled(void **unused) {
    (void)unused;
    const double spectrum[] = {0.4, 0.2, 0.2, 0.1, 0.1, 0.0, 0.0, 0.0};
    const double flat[] = {0.125, 0.25, 0.5, 1.0}, steps[] = {0.4, 0.6, 0.9, 1.0};
    for (int n = 4; n <= 10; n += 2)
        for (int f = 0; f < 2; ++f) {
            kw_circuit *encoder = NULL;
            if (!room(n, 2)) continue;
            kw_ensemble *ensemble = create(&(kw_ensemble_config){.family = f ? KW_FAMILY_SPECTRUM : KW_FAMILY_STABILIZER,
                                                                 .n_qubits = n,
                                                                 .seed = (uint64_t)n,
                                                                 .logical = 3,
                                                                 .spectrum = spectrum,
                                                                 .spectrum_count = 8,
                                                                 .scramble_layers = 5});
            MUST(kw_circuit_inverse(kw_ensemble_circuit(ensemble), &encoder));
            for (int latent = 0; latent < 4; ++latent) {
                const double optimum = f ? steps[latent] : flat[latent];
                assert_true(fabs(fidelity(ensemble, encoder, all_but(n, ((uint64_t)1 << latent) - 1)) - optimum) < 1e-10);
            }
            kw_circuit_destroy(&encoder);
            kw_ensemble_destroy(&ensemble);
        }
}

/* One fixed state needs no latent qubit: its preparation, undone. */
static void test_preparation_inverse(void **unused) {
    (void)unused;
    kw_circuit *encoder = NULL;
    kw_ensemble *ensemble =
        create(&(kw_ensemble_config){.family = KW_FAMILY_STABILIZER, .n_qubits = 9, .logical = 0, .scramble_layers = 6});
    assert_int_equal(kw_ensemble_members(ensemble), 1);
    MUST(kw_circuit_inverse(kw_ensemble_circuit(ensemble), &encoder));
    assert_true(fabs(fidelity(ensemble, encoder, all_but(9, 0)) - 1.0) < 1e-10);
    kw_circuit_destroy(&encoder);
    kw_ensemble_destroy(&ensemble);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ghz_ladder), cmocka_unit_test(test_cerezo),
                                       cmocka_unit_test(test_unary_to_binary), cmocka_unit_test(test_scrambled),
                                       cmocka_unit_test(test_preparation_inverse)};
    return test_run("encoders", tests, sizeof tests / sizeof *tests);
}

/* Reconstruct and compress: against theory, the exact optimum, and what is refused. */
#include <math.h>
#include <string.h>

#include "models/qae_shadows.h"
#include "support/autoencoder.h"
#include "support/run.h"
#include "support/world.h"

static kw_status ask(const char *words, kw_shadow_kind kind, uint64_t seed, const uint64_t *copies, size_t count,
                     kw_shadow_score *scores) {
    kw_config *source = test_config("%s", words);
    const kw_qae_config config = test_parse(source);
    const kw_status status = kw_qae_shadows(&config, kind, seed, copies, count, scores);
    kw_config_destroy(&source);
    return status;
}

/* Many copies: states as near as theory says (each is a mean over 8 states), compression at its optimum; fewer are worse. */
static void copies_buy_fidelity(void **unused) {
    (void)unused;
    const uint64_t copies[] = {400, 4000, 80005};
    for (int kind = 0; kind < 2; ++kind) {
        kw_shadow_score s[3];
        TEST_MUST(ask("data.family=ghz-phase data.qubits=4 qae.latent=1", (kw_shadow_kind)kind, 3, copies, 3, s));
        for (int i = 0; i < 3; ++i) {
            assert_int_equal(s[i].copies, copies[i] / 8 * 8);
            assert_true(s[i].optimum_error < 1e-12);
            assert_true(s[i].infidelity > -1e-12 && s[i].mean_infidelity > -1e-12);
            assert_true(fabs(s[i].tomography_error - fmin(1, 16.0 / (double)(copies[i] / 8))) < 1e-15);
            assert_true(!i || s[i].state_infidelity < s[i - 1].state_infidelity / 3);
        }
        assert_true(s[2].infidelity < 0.01 && s[2].mean_infidelity < 0.05);
        if (kind == KW_SHADOW_PAULI) assert_true(isnan(s[2].state_theory));
        else if (!(fabs(s[2].state_infidelity / s[2].state_theory - 1) < 0.5))
            fail_msg("1 - F = %g, theory %g", s[2].state_infidelity, s[2].state_theory);
    }
}

/* Where the latent is too small, no copies lead below the optimum, and many lead to it. */
static void the_optimum_bounds_it(void **unused) {
    (void)unused;
    const uint64_t copies[] = {100000};
    kw_shadow_score s;
    TEST_MUST(ask("data.family=w-graded data.sampling=quadrature data.qubits=5 qae.latent=1", KW_SHADOW_CLIFFORD, 1, copies,
                  1, &s));
    assert_true(fabs(s.optimum_error - 6.0 / 15) < 1e-10);
    assert_true(s.infidelity > s.optimum_error - 1e-12 && s.infidelity < s.optimum_error + 0.02);
    assert_true(s.mean_infidelity > s.optimum_error - 1e-12 && s.mean_infidelity < s.optimum_error + 0.05);
}

static void repeats_by_its_seed(void **unused) {
    (void)unused;
    const uint64_t copies[] = {80, 160}, late[] = {160};
    kw_shadow_score one[2], two[2], other[2];
    const char *words = "data.family=tfim data.qubits=4";
    TEST_MUST(ask(words, KW_SHADOW_CLIFFORD, 5, copies, 2, one));
    TEST_MUST(ask(words, KW_SHADOW_CLIFFORD, 5, late, 1, two));
    TEST_MUST(ask(words, KW_SHADOW_CLIFFORD, 6, copies, 2, other));
    assert_memory_equal(&one[1], two, sizeof *two);
    assert_true(one[1].infidelity != other[1].infidelity);
}

static void what_cannot_be_is_refused(void **unused) {
    (void)unused;
    const uint64_t few[] = {7}, falling[] = {100, 40};
    kw_shadow_score s[2];
    assert_int_equal(ask("data.qubits=4", KW_SHADOW_CLIFFORD, 1, few, 1, s), KW_E_ARG);
    assert_int_equal(ask("data.qubits=4", KW_SHADOW_CLIFFORD, 1, falling, 2, s), KW_E_ARG);
    assert_int_equal(ask("data.qubits=11", KW_SHADOW_CLIFFORD, 1, falling, 1, s), KW_E_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_buy_fidelity),
        cmocka_unit_test(the_optimum_bounds_it),
        cmocka_unit_test(repeats_by_its_seed),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return TEST_RUN("shadows of ensembles", tests);
}

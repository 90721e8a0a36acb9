/* Decoders on sites: no network beats 1/2 before it reaches the ends, those that reach them attain 1. */
#include "baselines/site_decoder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

static const kw_tape_training training = {400, 200, 0.02};

static kw_site_decoder_result fit(kw_site_decoder_kind kind, int sites, int layers, uint64_t seed) {
    const kw_site_decoder_config config = {kind, sites, layers, 6};
    kw_site_decoder_result result;
    if (kw_site_decoder_fit(&config, &training, seed, &result) != KW_OK) fail_msg("%s", kw_error_message());
    return result;
}

static void out_of_reach_is_a_product(void **state) {
    (void)state;
    for (int kind = 0; kind <= KW_SITE_DECODER_DILATED; ++kind)
        for (int layers = 1; layers <= 2; ++layers) {
            const kw_site_decoder_result r = fit((kw_site_decoder_kind)kind, 9, layers, 3);
            const kw_site_decoder_config config = {(kw_site_decoder_kind)kind, 9, layers, 6};
            assert_true(kw_site_decoder_reach(&config) < 4);
            assert_true(r.fidelity < 0.5 + 1e-12); /* the largest Schmidt coefficient, squared */
            assert_true(r.fidelity > 0.5 - 1e-6);  /* a product state has it */
            assert_true(fabs(r.connected) < 1e-6);
        }
}

static double best_of(kw_site_decoder_kind kind, int layers, double *connected) {
    double best = 0;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        const kw_site_decoder_result r = fit(kind, 9, layers, seed);
        assert_true(r.fidelity < 1 + 1e-12);
        if (r.fidelity > best) best = r.fidelity, *connected = r.connected;
    }
    return best;
}

static void within_reach_is_ghz(void **state) {
    (void)state;
    static const int layers[KW_SITE_DECODERS] = {4, 3, 1};
    for (int kind = 0; kind < KW_SITE_DECODERS; ++kind) {
        double connected = 0;
        assert_true(best_of((kw_site_decoder_kind)kind, layers[kind], &connected) > 1 - 1e-6);
        assert_true(connected > 1 - 1e-3);
    }
}

static void the_same_seed_gives_the_same_bits(void **state) {
    (void)state;
    const kw_site_decoder_result a = fit(KW_SITE_DECODER_DILATED, 5, 2, 7), b = fit(KW_SITE_DECODER_DILATED, 5, 2, 7);
    assert_true(a.fidelity == b.fidelity && a.correlation == b.correlation);
    assert_int_equal(a.parameters, 2 * 3 * 6 + 6 + 6 * 3 * 6 + 6 + 6 * 2 + 2);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    kw_site_decoder_result r;
    static const kw_site_decoder_config bad[] = {{KW_SITE_DECODER_CONV, 8, 2, 6},
                                                 {KW_SITE_DECODER_CONV, 65, 2, 6},
                                                 {KW_SITE_DECODER_CONV, 9, 0, 6},
                                                 {KW_SITE_DECODER_CONV, 9, 2, 0},
                                                 {KW_SITE_DECODER_DILATED, 9, 9, 6}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i)
        assert_int_equal(kw_site_decoder_fit(&bad[i], &training, 1, &r), KW_E_ARG);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(out_of_reach_is_a_product), cmocka_unit_test(within_reach_is_ghz),
                                       cmocka_unit_test(the_same_seed_gives_the_same_bits),
                                       cmocka_unit_test(what_cannot_be_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* F0: random numbers, bit moves, memory accounting, status codes. */
#include <Random123/philox.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/ticker.h"
#include "ketwall/version.h"
#include "support/world.h"

/* Known answers of philox4x64-10, published with Random123 (kat_vectors). */
static void philox_known_answers(void **unused) {
    (void)unused;
    static const struct {
        uint64_t counter[4], key[2], answer[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
        {{~0ULL, ~0ULL, ~0ULL, ~0ULL},
         {~0ULL, ~0ULL},
         {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
        {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
         {0x452821e638d01377, 0xbe5466cf34e90c6c},
         {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
        philox4x64_ctr_t counter;
        philox4x64_key_t key;
        memcpy(counter.v, cases[c].counter, sizeof cases[c].counter);
        memcpy(key.v, cases[c].key, sizeof cases[c].key);
        const philox4x64_ctr_t answer = philox4x64(counter, key);
        assert_memory_equal(answer.v, cases[c].answer, sizeof cases[c].answer);
    }
}

static void streams_are_pure_and_distinct(void **unused) {
    (void)unused;
    const kw_rng a = kw_rng_make(7, KW_STREAM_TEST, 3), b = kw_rng_make(7, KW_STREAM_TEST, 3);
    const kw_rng others[] = {kw_rng_make(8, KW_STREAM_TEST, 3), kw_rng_make(7, KW_STREAM_SHOTS, 3),
                             kw_rng_make(7, KW_STREAM_TEST, 4)};
    for (uint64_t i = 0; i < 100; ++i) {
        assert_true(kw_rng_bits(&a, 99 - i) == kw_rng_bits(&b, 99 - i));
        for (int s = 0; s < 3; ++s) assert_true(kw_rng_bits(&a, i) != kw_rng_bits(&others[s], i));
    }
}

/* Mean, variance and range within 5 standard errors. */
static void uniform_and_normal_moments(void **unused) {
    (void)unused;
    enum { N = 100000 };
    const kw_rng rng = kw_rng_make(1, KW_STREAM_TEST, 0);
    double sum = 0.0, squares = 0.0, normal[3] = {0}, mixed = 0.0;
    for (uint64_t i = 0; i < N; ++i) {
        const double u = kw_rng_uniform(&rng, i);
        double pair[2];
        assert_true(u >= 0.0 && u < 1.0);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
        kw_rng_normal_pair(&rng, i, pair);
        normal[0] += pair[0];
        normal[1] += pair[0] * pair[0];
        normal[2] += pair[1] * pair[1];
        mixed += pair[0] * pair[1];
    }
    assert_true(fabs(sum / N - 0.5) < 5 * sqrt(1.0 / 12 / N));
    assert_true(fabs(squares / N - 1.0 / 12) < 5 * sqrt(1.0 / 180 / N));
    assert_true(fabs(normal[0] / N) < 5 / sqrt(N));
    assert_true(fabs(normal[1] / N - 1.0) < 5 * sqrt(2.0 / N));
    assert_true(fabs(normal[2] / N - 1.0) < 5 * sqrt(2.0 / N));
    assert_true(fabs(mixed / N) < 5 / sqrt(N));
}

static void bits_move(void **unused) {
    (void)unused;
    assert_true(kw_insert_zero(0x2d /* 101101 */, 2) == 0x59 /* 1011 0 01 */);
    assert_true(kw_insert_zeros(0x7, (int[]){0, 2, 4}, 3) == 0x2a);
    assert_true(kw_deposit(0x5, (int[]){4, 1, 0}, 3) == 0x11);
    assert_true(kw_extract(0x11, (int[]){4, 1, 0}, 3) == 0x5);
    assert_true(kw_insert_zero((1ULL << 61) | 1, 61) == ((1ULL << 62) | 1));
    const int places[] = {61, 0, 33, 7};
    for (uint64_t v = 0; v < 16; ++v) assert_true(kw_extract(kw_deposit(v, places, 4), places, 4) == v);
    assert_true(kw_is_power_of_two(1) && kw_is_power_of_two(1ULL << 40));
    assert_false(kw_is_power_of_two(0) || kw_is_power_of_two(12));
    assert_int_equal(kw_log2(1024), 10);
    assert_int_equal(kw_popcount(0xf0f1), 9);
}

static void memory_is_counted(void **unused) {
    (void)unused;
    const uint64_t before = kw_memory_now();
    kw_memory_peak_reset();
    void *small = kw_block_alloc(1000), *large = kw_block_alloc(9 << 20);
    assert_non_null(small);
    assert_non_null(large);
    assert_true((uintptr_t)small % 64 == 0 && (uintptr_t)large % 64 == 0);
    assert_true(kw_memory_now() - before == 1000 + (9 << 20));
    memset(large, 1, 9 << 20);
    kw_block_free(large, 9 << 20);
    assert_true(kw_memory_now() - before == 1000);
    assert_true(kw_memory_peak() - before == 1000 + (9 << 20));
    kw_block_free(small, 1000);
    kw_memory_peak_reset();
    assert_true(kw_memory_peak() == before);
    assert_null(kw_block_alloc((uint64_t)1 << 60));
    assert_true(kw_memory_now() == before);
    assert_true(kw_memory_resident() > 9 << 20);
    assert_true(kw_memory_available() > 1 << 20);
    assert_true(kw_memory_per_rank() > 1 << 20);
}

static void status_has_texts_and_exit_codes(void **unused) {
    (void)unused;
    assert_int_equal(kw_status_exit_code(KW_OK), 0);
    assert_int_equal(kw_status_exit_code(KW_E_STOPPED), 75);
    assert_int_equal(kw_status_exit_code(KW_E_ARG), 64);
    assert_int_equal(kw_status_exit_code(KW_E_INPUT), 65);
    assert_int_equal(kw_status_exit_code(KW_E_FIT), 78);
    assert_int_equal(kw_status_exit_code(KW_E_NOMEM), 78);
    assert_int_equal(kw_status_exit_code(KW_E_IO), 74);
    assert_int_equal(kw_status_exit_code(KW_E_INTERNAL), 70);
    assert_string_equal(kw_status_text(KW_E_INPUT), "bad input");
    assert_int_equal(kw_fail(KW_E_INPUT, "line %d: %s", 7, "no such gate"), KW_E_INPUT);
    assert_string_equal(kw_error_message(), "line 7: no such gate");
}

static void long_messages_are_cut(void **unused) {
    (void)unused;
    char text[2 * KW_MESSAGE_BYTES];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    kw_fail(KW_E_IO, "%s", text);
    assert_true(strlen(kw_error_message()) < KW_MESSAGE_BYTES);
}

/* What a ticker has written to standard error since `kept` was put in its place. */
static void take(FILE *kept, int terminal, char *text, size_t bytes) {
    fflush(stderr);
    dup2(terminal, STDERR_FILENO);
    close(terminal);
    rewind(kept);
    text[fread(text, 1, bytes - 1, kept)] = '\0';
    fclose(kept);
}

/* Tickers whose work began long ago: one in a log, one on a terminal, one that is silent, and one that has just spoken. */
static void tickers_speak_when_it_is_time(void **unused) {
    (void)unused;
    FILE *kept = tmpfile();
    assert_non_null(kept);
    const int terminal = dup(STDERR_FILENO);
    dup2(fileno(kept), STDERR_FILENO);
    kw_ticker log = kw_ticker_begin("shot", true), line, silent = kw_ticker_begin("shot", false);
    log.started -= 1e6;
    log.spoke -= 1e6;
    line = log;
    line.terminal = true;
    kw_ticker_step(&silent, 50, 100);
    kw_ticker_step(&log, 50, 100);
    kw_ticker_step(&log, 51, 100);
    kw_ticker_end(&log);
    kw_ticker_step(&line, 60, 100);
    kw_ticker_end(&line);
    char text[256];
    take(kept, terminal, text, sizeof text);
    assert_string_equal(strtok(text, ","), "shot 50/100");
    assert_string_equal(strtok(NULL, ","), " 5e-05/s");
    const char *left = strtok(NULL, ",");
    assert_non_null(strstr(left, " s left\n\r\033[Kshot 60/100"));
    strtok(NULL, ",");
    assert_non_null(strstr(strtok(NULL, ","), " s left\n"));
    assert_null(strtok(NULL, ","));
}

static void versions_agree(void **unused) {
    (void)unused;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", KETWALL_VERSION_MAJOR, KETWALL_VERSION_MINOR, KETWALL_VERSION_PATCH);
    assert_string_equal(kw_version(), text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(streams_are_pure_and_distinct),
        cmocka_unit_test(uniform_and_normal_moments),
        cmocka_unit_test(bits_move),
        cmocka_unit_test(memory_is_counted),
        cmocka_unit_test(status_has_texts_and_exit_codes),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(tickers_speak_when_it_is_time),
        cmocka_unit_test(versions_agree),
    };
    return TEST_RUN("base", tests);
}

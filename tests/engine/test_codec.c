/* Packing by itself, with every kernel set of this processor: scales, integers and tallies against a model in double
 * precision; odd runs; stochastic rounding. */
#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/kernels/kernels.h"
#include "support/dense.h"
#include "support/world.h"

#define TABLES(set) extern const kw_kernels_table kw_kernels_##set##_s16, kw_kernels_##set##_s8;
TABLES(ref)
#ifdef __x86_64__
TABLES(avx2)
TABLES(avx512)
#endif

enum { RUNS = 37, PARTS = 2 * KW_RUN, NUMBERS = RUNS * PARTS, KEYS = 4000, MOST_SETS = 3 };

typedef struct {
    const kw_kernels_table *table;
    int most; /* of the integers */
    bool stochastic;
    kw_packed psi;
    int16_t parts[NUMBERS];
    uint16_t scales[RUNS];
} fixture;

static size_t sets(int kind, const kw_kernels_table *found[MOST_SETS]) {
    size_t count = 0;
    found[count++] = kind ? &kw_kernels_ref_s8 : &kw_kernels_ref_s16;
#ifdef __x86_64__
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    if (avx2) found[count++] = kind ? &kw_kernels_avx2_s8 : &kw_kernels_avx2_s16;
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl"))
        found[count++] = kind ? &kw_kernels_avx512_s8 : &kw_kernels_avx512_s16;
#endif
    return count;
}

static void set_up(fixture *f, const kw_kernels_table *table, int kind, bool stochastic) {
    *f = (fixture){.table = table, .most = kind ? 127 : 32767, .stochastic = stochastic};
    memset(f->parts, 0x55, sizeof f->parts);
    f->psi = (kw_packed){.parts = f->parts, .scales = f->scales, .gain = 1.25, .stochastic = stochastic, .key = 99};
}

typedef void (*check_fn)(fixture *f);

/* All sets, kinds and roundings. */
static void for_all(check_fn check) {
    static fixture f;
    for (int kind = 0; kind < 2; ++kind)
        for (int stochastic = 0; stochastic < 2; ++stochastic) {
            const kw_kernels_table *found[MOST_SETS];
            const size_t count = sets(kind, found);
            for (size_t i = 0; i < count; ++i) {
                set_up(&f, found[i], kind, stochastic);
                check(&f);
            }
        }
}

static int part(const fixture *f, int run, int i) {
    return f->most == 127 ? ((const int8_t *)f->parts)[run * PARTS + i] : f->parts[run * PARTS + i];
}

static double scale(const fixture *f, int run) {
    const uint32_t bits = (uint32_t)f->scales[run] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value * f->psi.gain;
}

/* Number i of a run, real parts first, out of pairs. */
static float number(const float *pairs, int run, int i) { return pairs[2 * (run * KW_RUN + i % KW_RUN) + i / KW_RUN]; }

static void random_pairs(float *pairs, uint64_t seed) {
    for (int i = 0; i < NUMBERS; ++i) {
        const double x = 2 * dense_uniform(&seed) - 1;
        pairs[i] = (float)(0.02 * x * x * x);
    }
}

/* What every packed run must be: the largest part fits with the smallest scale that fits, up to the step of scales; every
 * number within half a unit (stochastic: a unit) of what it was.  Returns |lost|^2 and |kept|^2. */
static void assert_run(const fixture *f, const float *pairs, kw_complex factor, int run, double sums[2]) {
    const double unit = scale(f, run), reach = (f->stochastic ? 1 : 0.5) + 4e-3;
    double most = 0;
    for (int i = 0; i < PARTS; ++i) {
        const int k = i % KW_RUN;
        const kw_complex x = factor * (number(pairs, run, k) + I * (double)number(pairs, run, KW_RUN + k));
        const double wanted = i < KW_RUN ? creal(x) : cimag(x), kept = unit * part(f, run, i);
        most = fmax(most, fabs(wanted));
        if (!(fabs(kept - wanted) <= reach * unit))
            fail_msg("%s, run %d, number %d: %g became %g, unit %g", f->table->name, run, i, wanted, kept, unit);
        assert_in_range(part(f, run, i) + f->most, 0, 2 * f->most);
        sums[0] += (kept - wanted) * (kept - wanted);
        sums[1] += kept * kept;
    }
    assert_true(unit * f->most >= most * (1 - 1e-6));
    assert_true(unit * f->most <= most * (1 + 1.01 / 128)); /* bfloat16 has 8 bits */
}

static void assert_tallies(const fixture *f, const double sums[2]) {
    assert_true(fabs((double)f->psi.noise * KW_TALLY_UNIT - sums[0]) < 2e-3 * sums[0]);
    assert_true(fabs((double)f->psi.norm * KW_TALLY_UNIT - sums[1]) < 1e-6 * sums[1]);
}

static void pack_runs(fixture *f) {
    static float pairs[NUMBERS], back[NUMBERS];
    double sums[2] = {0, 0};
    random_pairs(pairs, 3);
    f->table->codec->pack(&f->psi, 0, RUNS, pairs);
    for (int run = 0; run < RUNS; ++run) assert_run(f, pairs, 1, run, sums);
    assert_tallies(f, sums);
    f->table->codec->unpack(&f->psi, 0, RUNS, back);
    for (int run = 0; run < RUNS; ++run)
        for (int i = 0; i < PARTS; ++i)
            assert_true(fabs(number(back, run, i) - scale(f, run) * part(f, run, i)) <= 1e-6 * fabs(number(back, run, i)));
}

static void runs_are_packed(void **unused) {
    (void)unused;
    for_all(pack_runs);
}

/* Runs 1, 3, 5, 7 + 16 k of the state, as the block of a pass holds them: units of W real and W imaginary parts. */
static void pack_blocks(fixture *f) {
    enum { PATH = 0x16, BLOCK_RUNS = 8 };
    static float pairs[NUMBERS], block[BLOCK_RUNS * PARTS] __attribute__((aligned(64)));
    static float back[BLOCK_RUNS * PARTS] __attribute__((aligned(64)));
    const int width = 1 << f->table->tiles->lane_bits;
    const kw_complex factor = 0.6 - 0.8 * I;
    double sums[2] = {0, 0};
    uint64_t path[BLOCK_RUNS];
    random_pairs(pairs, 4);
    for (int b = 0; b < BLOCK_RUNS; ++b) {
        path[b] = 1 | kw_deposit((uint64_t)b, (int[]){1, 2, 4}, 3);
        for (int i = 0; i < PARTS; ++i)
            block[b * PARTS + i % KW_RUN / width * 2 * width + i / KW_RUN * width + i % width] =
                number(pairs, (int)path[b], i);
    }
    f->table->codec->pack_block(&f->psi, 1, PATH, block, factor);
    for (int b = 0; b < BLOCK_RUNS; ++b) assert_run(f, pairs, factor, (int)path[b], sums);
    assert_tallies(f, sums);
    assert_int_equal(f->scales[0] | f->scales[2] | f->scales[9], 0); /* the others are left alone */
    for (int b = 0; b < BLOCK_RUNS; ++b) { /* runs come back one by one; sweeps load them by themselves */
        f->table->codec->unpack(&f->psi, path[b], 1, back);
        for (int i = 0; i < PARTS; ++i) {
            const double expected = scale(f, (int)path[b]) * part(f, (int)path[b], i);
            assert_true(fabs(back[2 * (i % KW_RUN) + i / KW_RUN] - expected) <= 1e-6 * fabs(expected));
        }
    }
}

static void blocks_are_packed(void **unused) {
    (void)unused;
    for_all(pack_blocks);
}

static void all_sets_agree(void **unused) {
    (void)unused;
    static fixture f, first;
    static float pairs[NUMBERS];
    const kw_kernels_table *found[MOST_SETS];
    for (int kind = 0; kind < 2; ++kind)
        for (int stochastic = 0; stochastic < 2; ++stochastic)
            for (uint64_t seed = 1; seed <= 200; ++seed) {
                const size_t count = sets(kind, found);
                random_pairs(pairs, seed);
                for (size_t i = 0; i < count; ++i) {
                    set_up(&f, found[i], kind, stochastic);
                    f.psi.gain = 1; /* the state's factor is applied by multiplication, which may be fused or not */
                    f.table->codec->pack(&f.psi, 0, RUNS, pairs);
                    if (!i) first = f;
                    assert_memory_equal(f.scales, first.scales, sizeof f.scales);
                    if (memcmp(f.parts, first.parts, sizeof f.parts) != 0)
                        fail_msg("%s and %s pack differently", f.table->name, first.table->name);
                }
            }
}

/* ---- odd runs ---- */

static void pack_odd_runs(fixture *f) {
    static const float sizes[] = {0, -0.0F, 1e-42F, 1e-35F, 1e-28F, 1e-10F, 1, 1e10F, 1e17F};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    static float pairs[NUMBERS];
    for (int s = 0; s < SIZES; ++s)
        for (int i = 0; i < PARTS; ++i) {
            pairs[s * PARTS + i] = -sizes[s] * (float)(1 + i % 7) / 7; /* negative ones alone */
        }
    f->table->codec->pack(&f->psi, 0, SIZES, pairs);
    for (int s = 0; s < SIZES; ++s) {
        double sums[2] = {0, 0};
        if (sizes[s] > 1e-30F) assert_run(f, pairs, 1, s, sums);
        else assert_int_equal(f->scales[s], 0);
    }
    float back[PARTS];
    f->table->codec->unpack(&f->psi, 0, 1, back);
    for (int i = 0; i < PARTS; ++i) assert_true(back[i] == 0);
}

static void odd_runs_are_packed(void **unused) {
    (void)unused;
    for_all(pack_odd_runs);
}

/* The largest number stands everywhere in turn, of either sign; it is never rounded beyond the integers, and zeros stay. */
static void pack_peaks(fixture *f) {
    static float pairs[NUMBERS];
    for (int i = 0; i < PARTS; ++i)
        for (int sign = -1; sign <= 1; sign += 2)
            for (int step = 0; step < 16; ++step) {
                double sums[2] = {0, 0};
                memset(pairs, 0, sizeof pairs);
                pairs[i] = (float)sign * (1.0F + (float)step / 16);
                if (step == 7) pairs[i] = (float)(sign * scale(f, 0) * f->most); /* exactly the most that fits */
                f->psi.key = (uint64_t)(i * 32 + step);
                f->table->codec->pack(&f->psi, 0, 1, pairs);
                assert_run(f, pairs, 1, 0, sums);
                for (int j = 0; j < PARTS; ++j)
                    if (number(pairs, 0, j) == 0) assert_int_equal(part(f, 0, j), 0);
            }
}

static void the_largest_number_stands_anywhere(void **unused) {
    (void)unused;
    for_all(pack_peaks);
}

/* What is not a number is there again, and in the tallies, however often it is written. */
static void pack_nonsense(fixture *f) {
    static const float nonsense[] = {NAN, -NAN, INFINITY, -INFINITY};
    static float pairs[NUMBERS], back[PARTS];
    for (int kind = 0; kind < 5; ++kind)
        for (int i = 0; i < PARTS; ++i) {
            const uint32_t all_ones = 0x7fffffff; /* not a number either */
            random_pairs(pairs, 3);
            if (kind < 4) pairs[i] = nonsense[kind];
            else memcpy(&pairs[i], &all_ones, sizeof all_ones);
            f->psi.norm = f->psi.noise = 0;
            for (int write = 0; write < 4; ++write) {
                f->table->codec->pack(&f->psi, 0, 1, pairs);
                f->table->codec->unpack(&f->psi, 0, 1, back);
                double sum = 0;
                for (int j = 0; j < PARTS; ++j) sum += (double)back[j] * (double)back[j];
                assert_false(isfinite(sum));
                assert_true(f->psi.norm == UINT64_MAX);
            }
        }
}

static void nonsense_does_not_vanish(void **unused) {
    (void)unused;
    for_all(pack_nonsense);
}

/* ---- stochastic rounding ---- */

static void check_mean(fixture *f) {
    static float pairs[NUMBERS];
    static double sums[NUMBERS];
    if (!f->stochastic) return;
    random_pairs(pairs, 8);
    memset(sums, 0, sizeof sums);
    for (int key = 0; key < KEYS; ++key) {
        f->psi.key = (uint64_t)key * 0x1234567 + 5;
        f->table->codec->pack(&f->psi, 0, RUNS, pairs);
        for (int j = 0; j < NUMBERS; ++j) sums[j] += part(f, j / PARTS, j % PARTS);
    }
    double statistic = 0;
    for (int j = 0; j < NUMBERS; ++j) {
        const double x = number(pairs, j / PARTS, j % PARTS) / scale(f, j / PARTS), fraction = x - floor(x);
        const double variance = fraction * (1 - fraction) / KEYS + 1e-6, off = sums[j] / KEYS - x;
        if (fabs(off) > 5 * sqrt(variance)) fail_msg("%s: %g is %g on average", f->table->name, x, sums[j] / KEYS);
        statistic += off * off / variance / NUMBERS;
    }
    assert_true(statistic < 1.2); /* of 2,368 squares of normal numbers: 7 standard deviations */
}

static void stochastic_rounding_is_unbiased(void **unused) {
    (void)unused;
    for_all(check_mean);
}

static void check_keys(fixture *f) {
    static float pairs[NUMBERS];
    static int16_t kept[NUMBERS];
    random_pairs(pairs, 9);
    for (uint64_t key = 1; key <= 3; ++key) { /* 1, 2, 1 */
        f->psi.key = key == 3 ? 1 : key;
        f->table->codec->pack(&f->psi, 0, RUNS, pairs);
        const bool same = memcmp(f->parts, kept, sizeof kept) == 0;
        if (key == 1) memcpy(kept, f->parts, sizeof kept);
        else assert_int_equal(same, !f->stochastic || key == 3);
    }
}

static void keys_decide(void **unused) {
    (void)unused;
    for_all(check_keys);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_packed),
        cmocka_unit_test(blocks_are_packed),
        cmocka_unit_test(all_sets_agree),
        cmocka_unit_test(odd_runs_are_packed),
        cmocka_unit_test(the_largest_number_stands_anywhere),
        cmocka_unit_test(nonsense_does_not_vanish),
        cmocka_unit_test(stochastic_rounding_is_unbiased),
        cmocka_unit_test(keys_decide),
    };
    return TEST_RUN("codec", tests);
}

/* Mapping networks against a plain multi-layer perceptron and differences: tables, folding, parts, both ways. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/memory.h"
#include "base/rng.h"
#include "nn/mapping.h"
#include "support/run.h"
#include "support/world.h"

enum { WIDEST = 32, DEPTH = 8, PARAMETERS = 2000, ROWS = 1 << 13, OUTPUTS = 5, SHAPES = 10 };

/* ---- the reference: row by row, weight by weight ---- */

static kw_mapping_config net;
static double parameters[PARAMETERS], x[ROWS], top[ROWS * OUTPUTS]; /* top: d_theta */
static double values[DEPTH + 1][WIDEST], slopes[DEPTH + 1][WIDEST];
static double theta[ROWS * OUTPUTS], d_parameters[PARAMETERS], d_x[ROWS];

static int inputs(void) { return net.bits + (net.value ? 1 : 0); }
static int outputs(void) { return net.width[net.layers - 1]; }
static int before(int l) { return l ? net.width[l - 1] : inputs(); }

static size_t parameter_count(void) {
    size_t sum = 0;
    for (int l = 0; l < net.layers; ++l) sum += (size_t)(net.width[l] * (before(l) + 1));
    return sum;
}

static bool relu_follows(int l) { return net.relu && l + 1 < net.layers; }

static const double *forward(size_t row) {
    const double *w = parameters;
    for (int b = 0; b < net.bits; ++b) {
        const int bit = (int)(row >> (net.bits - 1 - b) & 1);
        values[0][b] = net.sign ? 2 * bit - 1 : bit;
    }
    if (net.value) values[0][net.bits] = x[row];
    for (int l = 0; l < net.layers; ++l) {
        const double *biases = w + net.width[l] * before(l);
        for (int o = 0; o < net.width[l]; ++o) {
            double sum = biases[o];
            for (int i = 0; i < before(l); ++i) sum += *w++ * values[l][i];
            values[l + 1][o] = relu_follows(l) && sum < 0 ? 0 : sum;
        }
        w = biases + net.width[l];
    }
    return values[net.layers];
}

/* Adds one row's gradients, after `forward`. */
static void backward(size_t row, double *g_all, double *slope_of_x) {
    size_t at = parameter_count();
    memcpy(slopes[net.layers], top + row * (size_t)outputs(), sizeof(double) * (size_t)outputs());
    for (int l = net.layers - 1; l >= 0; --l) {
        at -= (size_t)(net.width[l] * (before(l) + 1));
        double *w = parameters + at, *g = g_all + at;
        memset(slopes[l], 0, sizeof slopes[l]);
        for (int o = 0; o < net.width[l]; ++o) {
            const double d = relu_follows(l) && values[l + 1][o] <= 0 ? 0 : slopes[l + 1][o];
            g[net.width[l] * before(l) + o] += d;
            for (int i = 0; i < before(l); ++i) {
                g[o * before(l) + i] += d * values[l][i];
                slopes[l][i] += d * w[o * before(l) + i];
            }
        }
    }
    *slope_of_x = net.value ? slopes[0][net.bits] : 0;
}

static void reference(void) {
    memset(d_parameters, 0, sizeof d_parameters);
    for (size_t row = 0; row < net.rows; ++row) {
        memcpy(theta + row * (size_t)outputs(), forward(row), sizeof(double) * (size_t)outputs());
        backward(row, d_parameters, &d_x[row]);
    }
}

/* sum of top theta */
static double functional(void) {
    double sum = 0;
    for (size_t row = 0; row < net.rows; ++row) {
        const double *out = forward(row);
        for (int o = 0; o < outputs(); ++o) sum += top[row * (size_t)outputs() + (size_t)o] * out[o];
    }
    return sum;
}

/* ---- networks ---- */

static const struct {
    int layers, width[DEPTH]; /* the last one is set to the outputs */
    bool relu;
} shapes[SHAPES] = {
    {1, {0}, false},       {1, {0}, true},     {2, {20}, false},  {2, {20}, true},   {4, {4, 20, 4}, false},
    {4, {4, 20, 4}, true}, {3, {7, 3}, false}, {3, {7, 3}, true}, {3, {1, 1}, true}, {5, {3, 9, 2, 17}, true},
};

static kw_mapping_config config_of(int shape, int bits, size_t rows, int c, bool value, bool sign) {
    kw_mapping_config config = {.bits = bits,
                                .rows = rows,
                                .value = value,
                                .sign = sign,
                                .relu = shapes[shape].relu,
                                .layers = shapes[shape].layers};
    memcpy(config.width, shapes[shape].width, sizeof shapes[shape].width);
    config.width[config.layers - 1] = c;
    return config;
}

/* Numbers that single precision holds too. */
static void draw(uint64_t seed) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_TEST, 8);
    size_t at = 0;
    for (int l = 0; l < net.layers; ++l)
        for (int i = 0; i < net.width[l] * (before(l) + 1); ++i, ++at)
            parameters[at] = (double)(float)((2 * kw_rng_uniform(&rng, at) - 1) * sqrt(3.0 / before(l)));
    for (size_t i = 0; i < net.rows; ++i) x[i] = (double)(float)(3 * kw_rng_uniform(&rng, PARAMETERS + i) - 1);
    for (size_t i = 0; i < net.rows * (size_t)outputs(); ++i)
        top[i] = (double)(float)(2 * kw_rng_uniform(&rng, PARAMETERS + ROWS + i) - 1);
}

static kw_mapping *create(const kw_mapping_config *config, kw_precision precision, uint64_t seed) {
    const uint64_t held = kw_memory_now();
    kw_mapping *mapping = NULL;
    net = *config;
    TEST_MUST(kw_mapping_create(config, precision, &mapping));
    assert_int_equal(kw_mapping_parameters(mapping), parameter_count());
    assert_int_equal(kw_mapping_bytes(mapping), kw_memory_now() - held);
    draw(seed);
    return mapping;
}

/* What a mapping answers: part by part, added up. */
typedef struct {
    double theta[ROWS * OUTPUTS], d_parameters[PARAMETERS], d_x[ROWS];
} answer;

static void add(double *sum, const double *part, size_t count) {
    for (size_t i = 0; i < count; ++i) sum[i] += part[i];
}

static const answer *run(kw_mapping *mapping, int parts) {
    static answer sum, one, other;
    const size_t thetas = net.rows * (size_t)outputs(), count = parameter_count();
    memset(&sum, 0, sizeof sum);
    for (int part = 0; part < parts; ++part) {
        for (size_t i = 0; i < sizeof one / sizeof(double); ++i) ((double *)&one)[i] = NAN;
        other = one;
        kw_mapping_run(mapping, parameters, net.value ? x : NULL, part, parts, one.theta);
        kw_mapping_back(mapping, parameters, top, part, parts, other.d_parameters, NULL);
        kw_mapping_back(mapping, parameters, top, part, parts, one.d_parameters, one.d_x);
        assert_memory_equal(one.d_parameters, other.d_parameters, sizeof one.d_parameters);
        for (size_t i = thetas; i < ROWS * OUTPUTS; ++i) assert_true(isnan(one.theta[i])); /* nothing beyond */
        for (size_t i = count; i < PARAMETERS; ++i) assert_true(isnan(one.d_parameters[i]));
        for (size_t i = net.rows; i < ROWS; ++i) assert_true(isnan(one.d_x[i]));
        add(sum.theta, one.theta, thetas);
        add(sum.d_parameters, one.d_parameters, count);
        add(sum.d_x, one.d_x, net.rows);
    }
    return &sum;
}

/* Relative to the largest number. */
static void close_to(const char *what, const double *numbers, const double *wanted, size_t count, double tolerance) {
    double most = 0;
    for (size_t i = 0; i < count; ++i) most = fmax(most, fabs(wanted[i]));
    for (size_t i = 0; i < count; ++i)
        if (!(fabs(numbers[i] - wanted[i]) <= tolerance * most))
            fail_msg("%s %d of %d bits, %d rows, %d layers: %.12g, expected %.12g", what, (int)i, net.bits, (int)net.rows,
                     net.layers, numbers[i], wanted[i]);
}

static void check(const kw_mapping_config *config, uint64_t seed) {
    for (int i = 0; i < 2; ++i) {
        const double tolerance = i ? 1e-4 : 1e-10;
        kw_mapping *mapping = create(config, i ? KW_SINGLE : KW_DOUBLE, seed + 1);
        run(mapping, 1); /* leaves traces */
        draw(seed);
        reference();
        const answer *a = run(mapping, 1);
        close_to("theta", a->theta, theta, net.rows * (size_t)outputs(), tolerance);
        close_to("parameter", a->d_parameters, d_parameters, parameter_count(), tolerance);
        close_to("x", a->d_x, d_x, net.rows, tolerance);
        kw_mapping_destroy(&mapping);
    }
}

/* ---- tests ---- */

static void mappings_match_a_plain_perceptron(void **unused) {
    (void)unused;
    for (int bits = 1; bits <= 13; ++bits)
        for (int shape = 0; shape < SHAPES; ++shape)
            for (int way = 0; way<8; way += bits> 9 ? 3 : 1) {
                const size_t all = (size_t)1 << bits, rows = way % 2 ? all : all - all / 3;
                const kw_mapping_config config = config_of(shape, bits, rows, way % 3 ? 1 : OUTPUTS, way & 4, way & 2);
                check(&config, (uint64_t)(100 * bits + way));
            }
}

static void many_bits_of_few_rows(void **unused) {
    (void)unused;
    for (int shape = 2; shape < SHAPES; shape += 3) {
        const kw_mapping_config one = config_of(shape, 30, 1, OUTPUTS, true, true);
        const kw_mapping_config config = config_of(shape, 30 - shape, 777, 1 + shape % 3, true, shape % 2);
        check(&one, 3);
        check(&config, (uint64_t)shape);
    }
}

/* Every number by differences, which are exact for stacks without activations. */
static void gradients_are_central_differences(void **unused) {
    (void)unused;
    for (int shape = 0; shape < SHAPES; ++shape)
        for (int way = 0; way < 4; ++way) {
            const kw_mapping_config config =
                config_of(shape, way % 2 ? 7 : 4, way % 2 ? 75 : 11, 1 + 3 * (way / 2), way != 1, way > 1);
            kw_mapping *mapping = create(&config, KW_DOUBLE, 7 * (uint64_t)shape + (uint64_t)way);
            const answer *a = run(mapping, 1 + way);
            const double step = net.relu ? 1e-7 : 0.25, tolerance = net.relu ? 1e-6 : 1e-11;
            const size_t count = parameter_count();
            for (size_t i = 0; i < count + (net.value ? net.rows : 0); ++i) {
                double *number = i < count ? &parameters[i] : &x[i - count];
                const double at = *number, ours = i < count ? a->d_parameters[i] : a->d_x[i - count];
                *number = at + step;
                const double above = functional();
                *number = at - step;
                const double slope = (above - functional()) / (2 * step);
                *number = at;
                if (!(fabs(slope - ours) < tolerance * (1 + fabs(slope))))
                    fail_msg("shape %d, way %d, number %d of %d: %.10g, expected %.10g", shape, way, (int)i, (int)count,
                             ours, slope);
            }
            kw_mapping_destroy(&mapping);
        }
}

static void parts_add_up(void **unused) {
    (void)unused;
    static const int parts[] = {2, 3, 8, 50};
    static answer whole;
    for (int n = 0; n < 4 * SHAPES; ++n) {
        const int bits = 4 + n % 10, shape = n % SHAPES, precision = n / SHAPES % 2 ? KW_SINGLE : KW_DOUBLE;
        const size_t rows = ((size_t)1 << bits) - (size_t)bits;
        const kw_mapping_config config = config_of(shape, bits, rows, n % 3 ? OUTPUTS : 1, n % 4, n % 2);
        kw_mapping *mapping = create(&config, (kw_precision)precision, (uint64_t)n);
        whole = *run(mapping, 1);
        for (int p = 0; p < 4; ++p) {
            const answer *a = run(mapping, parts[p]);
            assert_memory_equal(a->theta, whole.theta, sizeof whole.theta);
            assert_memory_equal(a->d_x, whole.d_x, sizeof whole.d_x);
            close_to("part", a->d_parameters, whole.d_parameters, parameter_count(), precision == KW_DOUBLE ? 1e-12 : 1e-5);
        }
        kw_mapping_destroy(&mapping);
    }
}

static void threads_do_not_change_a_bit(void **unused) {
    (void)unused;
#ifdef _OPENMP
    const int before = omp_get_max_threads();
    static answer first;
    for (int n = 0; n < 2 * SHAPES; ++n) {
        const kw_mapping_config config = config_of(n % SHAPES, 9 + n % 5, (size_t)500 << n % 5, 1 + n % 4, true, n % 3);
        kw_mapping *mapping = create(&config, n % 4 < 2 ? KW_DOUBLE : KW_SINGLE, (uint64_t)n);
        omp_set_num_threads(1);
        first = *run(mapping, 1);
        omp_set_num_threads(2);
        assert_memory_equal(run(mapping, 1), &first, sizeof first);
        kw_mapping_destroy(&mapping);
    }
    omp_set_num_threads(before);
#else
    skip();
#endif
}

static void sizes_are_known(void **unused) {
    (void)unused;
    static const struct {
        int shape, bits, c;
        bool value;
        size_t parameters, effective;
        double macs; /* of a row: column, then the later layers and their biases */
    } rows[] = {{4, 13, 1, true, 4 * 15 + 20 * 5 + 4 * 21 + 5, 15, 2},
                {5, 13, 1, true, 60 + 100 + 84 + 5, 249, 8 + 189},
                {4, 13, 5, false, 4 * 14 + 20 * 5 + 4 * 21 + 25, 70, 5},
                {0, 13, 1, true, 15, 15, 2},
                {1, 13, 1, true, 15, 15, 2},
                {3, 10, 1, false, 20 * 11 + 21, 241, 20 + 21}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        const kw_mapping_config config = config_of(rows[i].shape, rows[i].bits, 100, rows[i].c, rows[i].value, true);
        kw_mapping *mapping = create(&config, KW_SINGLE, 1);
        assert_int_equal(kw_mapping_parameters(mapping), rows[i].parameters);
        assert_int_equal(kw_mapping_effective(mapping), rows[i].effective);
        kw_mapping_measure need;
        assert_int_equal(kw_mapping_need(&config, KW_SINGLE, &need), KW_OK);
        assert_int_equal(need.parameters, rows[i].parameters);
        assert_true(need.macs == 100 * rows[i].macs && need.bytes == kw_mapping_bytes(mapping));
        for (int pytorch = 0; pytorch < 2; ++pytorch) {
            kw_mapping_start(mapping, pytorch, 0.5, 3, d_parameters);
            const double *w = d_parameters;
            for (int l = 0; l < net.layers; ++l, w += net.width[l - 1]) {
                const double bound = pytorch ? 1 / sqrt(before(l)) : 0.5 * sqrt(6.0 / (before(l) + net.width[l]));
                double most = 0, bias = 0;
                for (int j = 0; j < net.width[l] * before(l); ++j) most = fmax(most, fabs(*w++));
                for (int j = 0; j < net.width[l]; ++j) bias = fmax(bias, fabs(w[j]));
                assert_true(most <= bound && most > 0.5 * bound);
                assert_true(pytorch ? bias > 0 && bias <= bound : bias == 0);
            }
        }
        kw_mapping_destroy(&mapping);
    }
}

static void wrong_sizes_are_refused(void **unused) {
    (void)unused;
    static const struct {
        kw_mapping_config config;
        const char *text;
    } rows[] = {{{.bits = 0, .rows = 1, .layers = 1, .width = {1}}, "1 rows of 0 bits"},
                {{.bits = 31, .rows = 9, .layers = 1, .width = {1}}, "9 rows of 31 bits"},
                {{.bits = 3, .rows = 0, .layers = 1, .width = {1}}, "0 rows of 3 bits"},
                {{.bits = 3, .rows = 9, .layers = 1, .width = {1}}, "9 rows of 3 bits"},
                {{.bits = 3, .rows = 8, .layers = 0, .width = {1}}, "0 layers"},
                {{.bits = 3, .rows = 8, .layers = KW_MAPPING_LAYERS + 1, .width = {1, 1}}, "17 layers"},
                {{.bits = 3, .rows = 8, .layers = 2, .width = {4}}, "layer of 0 outputs"},
                {{.bits = 3, .rows = 8, .layers = 2, .width = {65537, 1}}, "layer of 65537 outputs"},
                {{.bits = 3, .rows = 8, .layers = 1, .width = {-1}}, "layer of -1 outputs"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        kw_mapping *mapping = NULL;
        assert_int_equal(kw_mapping_create(&rows[i].config, KW_DOUBLE, &mapping), KW_E_INPUT);
        if (!strstr(kw_error_message(), rows[i].text)) fail_msg("%s", kw_error_message());
        assert_null(mapping);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_match_a_plain_perceptron), cmocka_unit_test(many_bits_of_few_rows),
        cmocka_unit_test(gradients_are_central_differences), cmocka_unit_test(parts_add_up),
        cmocka_unit_test(threads_do_not_change_a_bit),       cmocka_unit_test(sizes_are_known),
        cmocka_unit_test(wrong_sizes_are_refused),
    };
    return TEST_RUN("mapping", tests);
}

/* Convolutional networks against plain loops in double precision: losses, guesses, gradients; and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/memory.h"
#include "base/rng.h"
#include "nn/cnn.h"
#include "support/run.h"
#include "support/world.h"

enum { LAYERS = 12, PIXELS = 16 * 32 * 32, WEIGHTS = 286000, IMAGES = 40, BATCH = 160, ODD = 11 };

typedef struct {
    int channels, height, width;
    const char *words;
} network;

static const network usual = {1, 28, 28, "conv 4 3, relu, pool 2, conv 8 3, relu, pool 2, dense 30, relu, dense 10"};
static const network paper = {1, 28, 28, "conv 8 5, pool 2, conv 12 5, pool 2, dense 20, dense 10"};
static const network cifar = {3, 32, 32, "conv 16 5 pad 2, pool 2, conv 32 5 pad 2, pool 2, dense 128, dense 64, dense 10"};
static const network odd[ODD] = {
    {1, 9, 7, "conv 5 3, dense 10"},
    {2, 8, 8, "conv 3 2, relu, conv 13 3 pad 2, dense 4"},
    {1, 10, 11, "conv 4 2 pad 1, pool 2, relu, conv 1 1, relu, dense 10"},
    {3, 11, 12, "conv 5 7 pad 6, relu, pool 3, dense 10"},
    {1, 14, 13, "pool 2, conv 3 3 pad 1, pool 2, relu, pool 2, dense 9, relu, dense 3"},
    {4, 7, 7, "conv 13 7, relu, dense 6"},
    {1, 8, 19, "conv 1 1, conv 6 1, relu, conv 7 5 pad 4, pool 3, pool 2, relu, dense 5"},
    {2, 6, 5, " dense 10,"},
    {2, 2, 3, "conv 3 5 pad 2, relu, conv 6 3 pad 2, dense 4"},
    {1, 23, 22, "conv 2 4, conv 3 2, relu, pool 3, conv 2 2, pool 2, relu, dense 3"},
    {4, 3, 3, "dense 17 ,\trelu , dense 256"},
};

/* ---- the reference: image by image, weight by weight ---- */

typedef struct {
    char kind;             /* 'c', 'p', 'd', 'r': conv, pool, dense, relu */
    int size, kernel, pad; /* size: outputs; pool: of a window */
} layer;

/* What goes into a layer, its slope, and where the layer's weights stand. */
typedef struct {
    int c, h, w;
    double value[PIXELS], slope[PIXELS];
    size_t weights;
} stage;

static const network *net;
static layer layers[LAYERS];
static int count, classes;
static stage stages[LAYERS + 1];
static double theta[WEIGHTS], gradient[WEIGHTS], expected[WEIGHTS]; /* theta: numbers of single precision */
static float narrow[WEIGHTS];

static size_t pixels_of(const stage *s) { return (size_t)(s->c * s->h * s->w); }

static int fan_in(const layer *a, const stage *in) {
    return in->c * (a->kind == 'c' ? a->kernel * a->kernel : in->h * in->w);
}

static void lay_out(const network *wanted) {
    net = wanted;
    stages[0].c = net->channels, stages[0].h = net->height, stages[0].w = net->width;
    count = 0;
    for (const char *word = net->words + strspn(net->words, " "); *word; ++count) {
        layer *a = &layers[count];
        stage *in = &stages[count], *out = in + 1;
        *a = (layer){*word, 0, 0, 0};
        sscanf(word, "%*s %d %d pad %d", &a->size, &a->kernel, &a->pad);
        const bool trained = a->kind == 'c' || a->kind == 'd';
        const int grow = a->kind == 'c' ? 2 * a->pad - a->kernel + 1 : 0, part = a->kind == 'p' ? a->size : 1;
        out->c = trained ? a->size : in->c;
        out->h = a->kind == 'd' ? 1 : (in->h + grow) / part;
        out->w = a->kind == 'd' ? 1 : (in->w + grow) / part;
        out->weights = in->weights + (trained ? (size_t)(a->size * (fan_in(a, in) + 1)) : 0);
        word += strcspn(word, ",");
        word += strspn(word, ", \t");
    }
    classes = stages[count].c;
}

/* Forwards, or with `g` backwards; dense is a kernel of the image's size. */
static void conv(const layer *a, stage *in, stage *out, const double *w, double *g) {
    const int kw = a->kind == 'd' ? in->w : a->kernel, area = fan_in(a, in) / in->c, biases = out->c * in->c * area;
    for (int o = 0, at = 0; o < out->c; ++o)
        for (int y = 0; y < out->h; ++y)
            for (int x = 0; x < out->w; ++x, ++at) {
                double sum = w[biases + o];
                if (g) g[biases + o] += out->slope[at];
                for (int i = 0; i < in->c; ++i)
                    for (int t = 0; t < area; ++t) {
                        const int row = y + t / kw - a->pad, column = x + t % kw - a->pad, tap = (o * in->c + i) * area + t;
                        const int from = (i * in->h + row) * in->w + column;
                        if (row < 0 || column < 0 || row >= in->h || column >= in->w) continue;
                        sum += w[tap] * in->value[from];
                        if (g) g[tap] += out->slope[at] * in->value[from];
                        if (g) in->slope[from] += out->slope[at] * w[tap];
                    }
                if (!g) out->value[at] = sum;
            }
}

static void pool(int size, stage *in, stage *out, bool back) {
    for (int c = 0, at = 0; c < out->c; ++c)
        for (int y = 0; y < out->h; ++y)
            for (int x = 0; x < out->w; ++x, ++at) {
                int best = (c * in->h + y * size) * in->w + x * size;
                for (int t = 0; t < size * size; ++t) {
                    const int from = (c * in->h + y * size + t / size) * in->w + x * size + t % size;
                    if (in->value[from] > in->value[best]) best = from;
                }
                if (back) in->slope[best] += out->slope[at];
                else out->value[at] = in->value[best];
            }
}

static void pass(int l, double *back) {
    const layer *a = &layers[l];
    stage *in = &stages[l], *out = in + 1;
    for (size_t i = 0; back && i < pixels_of(in); ++i) in->slope[i] = 0;
    if (a->kind == 'c' || a->kind == 'd') conv(a, in, out, theta + in->weights, back ? back + in->weights : NULL);
    if (a->kind == 'p') pool(a->size, in, out, back);
    for (size_t i = 0; a->kind == 'r' && i < pixels_of(in); ++i) {
        if (back) in->slope[i] = in->value[i] > 0 ? out->slope[i] : 0;
        else out->value[i] = in->value[i] > 0 ? in->value[i] : 0;
    }
}

/* Loss of the image in stage 0; back (NULL: not wanted) += scale times the loss's gradient. */
static double loss_of(int label, double scale, double *back, int *guess) {
    stage *logits = &stages[count];
    double sum = 0;
    for (int l = 0; l < count; ++l) pass(l, NULL);
    *guess = 0;
    for (int k = 0; k < classes; ++k) {
        sum += exp(logits->value[k]);
        if (logits->value[k] > logits->value[*guess]) *guess = k;
    }
    for (int k = 0; k < classes; ++k) logits->slope[k] = scale * (exp(logits->value[k]) / sum - (k == label));
    for (int l = count - 1; back && l >= 0; --l) pass(l, back);
    return log(sum) - logits->value[label];
}

/* ---- images and weights for both ---- */

static uint8_t pixels[IMAGES * 3 * 32 * 32], labels[IMAGES], guesses[BATCH];
static uint32_t indices[BATCH];
static kw_images images = {.count = IMAGES, .pixels = pixels, .labels = labels};
static kw_normalisation normalisation;

/* With `steps` numbers are few and exact, so that there are ties: pixels 0 and 1, weights of convolutions in quarters. */
static void draw(uint64_t seed, bool steps) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_TEST, 5), more = kw_rng_make(seed, KW_STREAM_TEST, 6);
    const size_t bytes = pixels_of(&stages[0]) * IMAGES;
    normalisation = (kw_normalisation){{0.13, 0.4, 0.5, 0.25}, {0.31, 0.2, 0.25, 0.5}};
    if (steps) normalisation = (kw_normalisation){{0}, {1, 1, 1, 1}};
    for (size_t i = 0; i < bytes; ++i)
        pixels[i] = (uint8_t)(steps ? 255 * (kw_rng_bits(&rng, i) % 2) : kw_rng_bits(&rng, i) % 256);
    for (size_t i = 0; i < IMAGES; ++i) labels[i] = (uint8_t)(kw_rng_bits(&rng, bytes + i) % (uint64_t)classes);
    for (size_t i = 0; i < BATCH; ++i) indices[i] = (uint32_t)(kw_rng_bits(&rng, bytes + IMAGES + i) % IMAGES);
    for (int l = 0; l < count; ++l)
        for (size_t i = stages[l].weights; i < stages[l + 1].weights; ++i) {
            const double u = 2 * kw_rng_uniform(&more, i) - 1;
            const bool step = steps && layers[l].kind == 'c';
            narrow[i] = (float)(step ? floor(8 * u) / 4 : u * sqrt(3.0 / fan_in(&layers[l], &stages[l])));
            theta[i] = (double)narrow[i];
        }
}

/* Of a batch. */
typedef struct {
    double loss;
    uint64_t right;
} answer;

static answer reference(size_t batch, double scale, double *back) {
    const size_t size = pixels_of(&stages[0]), plane = size / (size_t)stages[0].c;
    answer a = {0, 0};
    for (size_t b = 0; b < batch; ++b) {
        int guess;
        for (size_t i = 0; i < size; ++i)
            stages[0].value[i] =
                (pixels[indices[b] * size + i] / 255.0 - normalisation.mean[i / plane]) / normalisation.deviation[i / plane];
        a.loss += loss_of(labels[indices[b]], scale, back, &guess);
        a.right += guess == labels[indices[b]];
        guesses[b] = (uint8_t)guess;
    }
    return a;
}

static kw_cnn *create(const network *wanted, kw_precision precision, uint64_t seed, bool steps) {
    const uint64_t held = kw_memory_now();
    kw_cnn *cnn = NULL;
    lay_out(wanted);
    TEST_MUST(kw_cnn_create(net->words, net->channels, net->height, net->width, classes, precision, &cnn));
    assert_int_equal(kw_cnn_weights(cnn), stages[count].weights);
    assert_int_equal(kw_cnn_bytes(cnn), kw_memory_now() - held);
    draw(seed, steps);
    kw_cnn_normalise(cnn, &normalisation);
    return cnn;
}

/* back, guessed: NULL, or what to fill. */
static answer run(kw_cnn *cnn, kw_precision precision, size_t batch, double scale, double *back, uint8_t *guessed) {
    const void *const weights = precision == KW_DOUBLE ? (void *)theta : (void *)narrow;
    const kw_batch some = {&images, indices, batch};
    answer a = {NAN, 0};
    for (size_t i = 0; back && i < WEIGHTS; ++i) back[i] = NAN;
    kw_cnn_run(cnn, weights, &some, scale, &a.loss, &a.right, back, guessed);
    return a;
}

/* Layer by layer, relative to the layer's largest number. */
static void compare_gradients(const char *what, size_t batch, double tolerance) {
    for (int l = 0; l < count; ++l) {
        double most = 0;
        for (size_t i = stages[l].weights; i < stages[l + 1].weights; ++i) most = fmax(most, fabs(expected[i]));
        for (size_t i = stages[l].weights; i < stages[l + 1].weights; ++i)
            if (!(fabs(gradient[i] - expected[i]) <= tolerance * most))
                fail_msg("%s, %d images, layer %d, weight %d: %.12g, expected %.12g", what, (int)batch, l + 1,
                         (int)(i - stages[l].weights), gradient[i], expected[i]);
    }
    assert_true(isnan(gradient[stages[count].weights])); /* nothing beyond */
}

/* ---- tests ---- */

static void check(const network *wanted, size_t batch, bool steps) {
    answer right = {0, 0};
    for (int i = 0; i < 2; ++i) {
        const kw_precision precision = i ? KW_SINGLE : KW_DOUBLE;
        const double tolerance = i ? 1e-4 : 1e-10, scale = 0.7 / (double)batch;
        kw_cnn *cnn = create(wanted, precision, batch, steps);
        uint8_t guessed[BATCH];
        memset(guessed, 77, sizeof guessed);
        if (i == 0) {
            memset(guesses, 77, sizeof guesses);
            memset(expected, 0, sizeof expected);
            right = reference(batch, scale, expected);
        }
        run(cnn, precision, batch < 20 ? batch : 20, -3, gradient, NULL); /* leaves traces in the workspace */
        const answer ours = run(cnn, precision, batch, scale, gradient, guessed);
        if (!(fabs(ours.loss - right.loss) <= tolerance * right.loss))
            fail_msg("%d images: loss %.12g, expected %.12g", (int)batch, ours.loss, right.loss);
        assert_int_equal(ours.right, right.right);
        assert_memory_equal(guessed, guesses, sizeof guesses); /* and nothing beyond the batch */
        compare_gradients(i ? "single" : "double", batch, tolerance);
        const answer alone = run(cnn, precision, batch, scale, NULL, NULL);
        assert_memory_equal(&alone, &ours, sizeof ours);
        kw_cnn_destroy(&cnn);
        assert_null(cnn);
    }
}

static void networks_match_plain_loops(void **unused) {
    (void)unused;
    static const size_t batches[] = {1, 3, 16, 17, 64, 70, 150};
    for (size_t b = 0; b < sizeof batches / sizeof *batches; ++b) {
        if (b < 6) check(&usual, batches[b], false);
        if (b < 3) check(&paper, batches[b], false);
        for (int i = 0; i < ODD; ++i) check(&odd[i], batches[b], false);
    }
    check(&cifar, 5, false);
}

static void ties_go_to_the_first_maximum(void **unused) {
    (void)unused;
    static const network tied[] = {
        {2, 12, 13, "conv 3 2, pool 2, conv 5 2 pad 1, relu, pool 3, dense 5"},
        {1, 11, 10, "conv 2 3 pad 1, relu, pool 2, relu, pool 2, dense 3"},
    };
    for (uint64_t batch = 1; batch < 40; batch += 7)
        for (int i = 0; i < 2; ++i) check(&tied[i], batch, true);
}

static void equal_logits_mean_the_first_class(void **unused) {
    (void)unused;
    kw_cnn *cnn = create(&usual, KW_DOUBLE, 1, false);
    memset(theta, 0, sizeof theta);
    const answer a = run(cnn, KW_DOUBLE, 29, 1, NULL, guesses);
    for (int i = 0; i < 29; ++i) assert_int_equal(guesses[i], 0);
    assert_true(fabs(a.loss - 29 * log(10)) < 1e-12);
    kw_cnn_destroy(&cnn);
}

/* Some weights of every layer, by differences of the reference's loss. */
static void gradients_are_central_differences(void **unused) {
    (void)unused;
    const network *all[2 + ODD] = {&usual, &paper};
    const double step = 1e-5;
    for (int i = 0; i < ODD; ++i) all[2 + i] = &odd[i];
    for (int n = 0; n < 2 + ODD; ++n) {
        kw_cnn *cnn = create(all[n], KW_DOUBLE, 50 + (uint64_t)n, false);
        run(cnn, KW_DOUBLE, 3, 1, gradient, NULL);
        kw_cnn_destroy(&cnn);
        for (int l = 0; l < count; ++l)
            for (size_t i = stages[l].weights; i < stages[l + 1].weights; i += 1 + (stages[l + 1].weights - i) / 7) {
                const double at = theta[i];
                theta[i] = at + step;
                const double above = reference(3, 0, NULL).loss;
                theta[i] = at - step;
                const double slope = (above - reference(3, 0, NULL).loss) / (2 * step);
                theta[i] = at;
                if (!(fabs(slope - gradient[i]) < 1e-7 * (1 + fabs(slope))))
                    fail_msg("network %d, layer %d, weight %d: %.10g, expected %.10g", n, l + 1, (int)i, gradient[i], slope);
            }
    }
}

static void threads_do_not_change_a_bit(void **unused) {
    (void)unused;
#ifdef _OPENMP
    const int before = omp_get_max_threads();
    const network *all[] = {&usual, &paper, &odd[4]};
    for (int n = 0; n < 6; ++n)
        for (size_t batch = 3; batch < 160; batch += 67) {
            const kw_precision precision = n % 2 ? KW_SINGLE : KW_DOUBLE;
            answer a[2];
            for (int threads = 1; threads <= 2; ++threads) {
                omp_set_num_threads(threads);
                kw_cnn *cnn = create(all[n / 2], precision, batch, false);
                a[threads - 1] = run(cnn, precision, batch, 0.1, threads == 1 ? expected : gradient, NULL);
                kw_cnn_destroy(&cnn);
            }
            assert_memory_equal(expected, gradient, sizeof expected);
            assert_memory_equal(&a[0], &a[1], sizeof *a);
        }
    omp_set_num_threads(before);
#else
    skip();
#endif
}

static void sizes_are_known(void **unused) {
    (void)unused;
    static const struct {
        const network *net;
        size_t weights;
        double macs, first; /* multiply-adds of all layers, of the first one, without what pooling cuts off */
    } rows[] = {{&usual, 6676, 20736 + 28800 + 6000 + 300, 20736},
                {&paper, 6690, 115200 + 153600 + 3840 + 200, 115200},
                {&cifar, 285226, 1228800 + 3276800 + 262144 + 8192 + 640, 1228800},
                {&odd[7], 610, 600, 600}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        kw_cnn *cnn = create(rows[i].net, KW_SINGLE, 1, false);
        int filters, channels, kernel;
        kw_cnn_filters(cnn, &filters, &channels, &kernel);
        assert_int_equal(filters, layers[0].kind == 'c' ? layers[0].size : 0);
        if (filters) assert_true(channels == net->channels && kernel == layers[0].kernel);
        assert_int_equal(kw_cnn_weights(cnn), rows[i].weights);
        assert_true(kw_cnn_forward_macs(cnn) == rows[i].macs);
        assert_true(kw_cnn_backward_macs(cnn) == 2 * rows[i].macs - rows[i].first);
        kw_cnn_start(cnn, 9, expected);
        for (int l = 0; l < count; ++l) {
            const double bound = 1 / sqrt(fan_in(&layers[l], &stages[l]));
            double most = 0;
            for (size_t j = stages[l].weights; j < stages[l + 1].weights; ++j) most = fmax(most, fabs(expected[j]));
            if (stages[l + 1].weights > stages[l].weights) assert_true(most <= bound && most > 0.9 * bound);
        }
        kw_cnn_destroy(&cnn);
    }
}

/* On 28 x 28 grey pixels with 10 classes: words that are wrong as layer `number`, behind `before`, and why. */
static const struct {
    const char *before;
    int number;
    const char *why, *words[9];
} wrong[] = {
    {"", 1, "expected \"conv OUT", {"blur 2", "conv 4", "conv 4 3 2", "conv 4 3 pad", "pool 2 2", "relu 3", "dense ten"}},
    {"conv 3 1, relu, ", 2, "a size", {"conv 0 3", "conv 4 0", "conv 4 -1", "pool 0", "dense 0", "dense 70000"}},
    {"pool 2, ", 2, "a size", {"conv 4 3 pad -1", "conv 4 3 pad 3", "conv 4 1 pad 1"}},
    {"pool 2, ", 2, "", {"dense 4294967306", "conv 4294967298 3"}}, /* 10 and 2 in 32 bits */
    {"conv 4 3, conv 2 7, ", 3, "nothing is left of the image", {"conv 4 21", "pool 21", "conv 1 24 pad 1"}},
    {"dense 20, relu, ", 2, "an image is needed", {"conv 4 1", "pool 1"}},
    {"", 1, "relu follows another layer", {"relu"}},
};

static void refuse(const char *words, const char *message) {
    kw_cnn *cnn = NULL;
    const kw_status status = kw_cnn_create(words, 1, 28, 28, 10, KW_SINGLE, &cnn);
    if (status == KW_OK) fail_msg("\"%s\" is accepted", words);
    if (status != KW_E_INPUT || !strstr(kw_error_message(), message)) fail_msg("\"%s\": %s", words, kw_error_message());
    assert_null(cnn);
}

static void bad_words_are_refused(void **unused) {
    (void)unused;
    static const char *const ends[] = {"conv 10 28", "pool 2", "dense 9", "dense 10, relu", "", " ,\t, "};
    char words[400], message[400];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i)
        for (const char *const *word = wrong[i].words; *word; ++word) {
            snprintf(words, sizeof words, "%s%s, dense 10", wrong[i].before, *word);
            snprintf(message, sizeof message, "layer %d, \"%s\": %s", wrong[i].number, *word, wrong[i].why);
            refuse(words, message);
        }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; ++i) refuse(ends[i], "\"dense 10\": one output per class");
    snprintf(words, sizeof words, "dense 10%80s", "pad");
    refuse(words, "layer 1");
    words[0] = '\0';
    for (int i = 0; i < 32; ++i) strcat(words, "pool 1, ");
    refuse(strcat(words, "dense 10"), "layer 33, \"dense 10\": too many layers");
    kw_cnn *cnn = NULL;
    TEST_MUST(kw_cnn_create(words + strlen("pool 1, "), 1, 28, 28, 10, KW_SINGLE, &cnn));
    kw_cnn_destroy(&cnn);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sizes_are_known),
                                       cmocka_unit_test(networks_match_plain_loops),
                                       cmocka_unit_test(equal_logits_mean_the_first_class),
                                       cmocka_unit_test(ties_go_to_the_first_maximum),
                                       cmocka_unit_test(gradients_are_central_differences),
                                       cmocka_unit_test(threads_do_not_change_a_bit),
                                       cmocka_unit_test(bad_words_are_refused)};
    return TEST_RUN("cnn", tests);
}

/* Drawn digits: each image on its own, balanced classes, ink where it belongs; told apart by class means, but not too well.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/images.h"
#include "support/run.h"
#include "support/world.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

static kw_images draw(size_t count, uint64_t seed, uint64_t first) {
    kw_images images;
    TEST_MUST(kw_images_digits(count, seed, first, &images));
    assert_int_equal(images.count, count);
    assert_int_equal(images.channels, 1);
    assert_int_equal(images.height, SIDE);
    assert_int_equal(images.width, SIDE);
    assert_int_equal(images.classes, CLASSES);
    return images;
}

/* Image i depends on (seed, first + i) alone. */
static void each_on_its_own(void **state) {
    (void)state;
    const uint64_t far = ((uint64_t)1 << 56) - 2;
    kw_images all = draw(60, 11, 0), some = draw(7, 11, 50), one = draw(1, 11, far + 1), two = draw(2, 11, far);
    assert_memory_equal(some.pixels, all.pixels + (ptrdiff_t)50 * PIXELS, 7 * PIXELS);
    assert_memory_equal(some.labels, all.labels + 50, 7);
    assert_memory_equal(one.pixels, two.pixels + PIXELS, PIXELS);
    assert_int_equal(one.labels[0], two.labels[1]);
    kw_images_free(&two);
    kw_images_free(&one);
    kw_images_free(&some);
    kw_images_free(&all);
}

/* No two images are the same, of one seed or of two. */
static void all_different(void **state) {
    (void)state;
    enum { EACH = 100 };
    kw_images a = draw(EACH, 1, 0), b = draw(EACH, 2, 0);
    for (size_t i = 0; i < 2 * EACH; ++i)
        for (size_t j = i + 1; j < 2 * EACH; ++j) {
            const uint8_t *first = i < EACH ? a.pixels + i * PIXELS : b.pixels + (i - EACH) * PIXELS;
            const uint8_t *second = j < EACH ? a.pixels + j * PIXELS : b.pixels + (j - EACH) * PIXELS;
            assert_memory_not_equal(first, second, PIXELS);
        }
    assert_memory_not_equal(a.labels, b.labels, EACH);
    kw_images_free(&b);
    kw_images_free(&a);
}

/* Binomial: 1000 of 10000 with a deviation of 30. */
static void balanced_classes(void **state) {
    (void)state;
    kw_images images = draw(10000, 3, 0);
    int counts[CLASSES] = {0};
    for (size_t i = 0; i < images.count; ++i) {
        assert_true(images.labels[i] < CLASSES);
        ++counts[images.labels[i]];
    }
    for (int c = 0; c < CLASSES; ++c) assert_in_range(counts[c], 850, 1150);
    kw_images_free(&images);
}

/* Every image has ink, hardly any at the border; the whole range of values is used; mean and deviation are those
 * that kw_images_normalisation gives. */
static void ink(void **state) {
    (void)state;
    enum { COUNT = 4000 };
    kw_images images = draw(COUNT, 4, 0);
    double sum = 0, squares = 0, mean, deviation;
    int values[256] = {0}, border = 0;
    for (size_t i = 0; i < COUNT; ++i) {
        const uint8_t *image = images.pixels + i * PIXELS;
        int darkest = 0;
        for (int p = 0; p < PIXELS; ++p) {
            const int x = p % SIDE, y = p / SIDE;
            const double value = image[p] / 255.0;
            if (image[p] > darkest) darkest = image[p];
            ++values[image[p]];
            sum += value;
            squares += value * value;
            border += (x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1) && image[p] > 100; /* more than noise */
        }
        assert_true(darkest >= 120);
    }
    for (int v = 0; v < 256; ++v) assert_true(values[v] > 0);
    assert_true(border < COUNT / 2); /* of 108 pixels each */
    const double n = (double)COUNT * PIXELS;
    kw_images_normalisation(KW_IMAGES_DIGITS, 0, &mean, &deviation);
    assert_true(fabs(mean - sum / n) < 0.004);
    assert_true(fabs(deviation - sqrt(squares / n - sum / n * (sum / n))) < 0.004);
    kw_images_free(&images);
}

static void class_means(const kw_images *images, double means[CLASSES][PIXELS]) {
    int counts[CLASSES] = {0};
    memset(means, 0, sizeof(double[CLASSES][PIXELS]));
    for (size_t i = 0; i < images->count; ++i) {
        ++counts[images->labels[i]];
        for (int p = 0; p < PIXELS; ++p) means[images->labels[i]][p] += images->pixels[i * PIXELS + (size_t)p];
    }
    for (int c = 0; c < CLASSES; ++c)
        for (int p = 0; p < PIXELS; ++p) means[c][p] /= counts[c];
}

static double distance(const uint8_t *image, const double *mean) {
    double sum = 0;
    for (int p = 0; p < PIXELS; ++p) sum += (image[p] - mean[p]) * (image[p] - mean[p]);
    return sum;
}

/* Labels fit the images, no two digits are drawn alike, and yet the task is not trivial. */
static void told_apart_by_class_means(void **state) {
    (void)state;
    static double means[CLASSES][PIXELS];
    kw_images train = draw(4000, 5, 0), fresh = draw(2000, 5, 4000);
    int counts[CLASSES] = {0}, nearer[CLASSES][CLASSES] = {0}, right = 0;
    class_means(&train, means);
    for (size_t i = 0; i < fresh.count; ++i) {
        const int label = fresh.labels[i];
        const double own = distance(fresh.pixels + i * PIXELS, means[label]);
        int passed = 0;
        for (int c = 0; c < CLASSES; ++c) {
            const bool won = c == label || own < distance(fresh.pixels + i * PIXELS, means[c]);
            nearer[label][c] += won;
            passed += won;
        }
        ++counts[label];
        right += passed == CLASSES;
    }
    assert_in_range(right, 1000, 1940); /* by chance 200 */
    for (int a = 0; a < CLASSES; ++a)
        for (int b = 0; b < a; ++b)
            assert_true(nearer[a][b] + nearer[b][a] > 0.7 * (counts[a] + counts[b])); /* chance 0.5 */
    kw_images_free(&fresh);
    kw_images_free(&train);
}

static void refused(void **state) {
    (void)state;
    kw_images images = {.channels = -1};
    const uint64_t end = (uint64_t)1 << 56;
    assert_int_equal(kw_images_digits(0, 1, 0, &images), KW_E_ARG);
    assert_int_equal(kw_images_digits(1, 1, end, &images), KW_E_ARG);
    assert_int_equal(kw_images_digits(2, 1, end - 1, &images), KW_E_ARG);
    assert_int_equal(kw_images_digits(SIZE_MAX, 1, 0, &images), KW_E_ARG);
    assert_int_equal(kw_images_digits((size_t)1 << 55, 1, 0, &images), KW_E_NOMEM);
    assert_int_equal(images.channels, -1);
    assert_null(images.pixels);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_on_its_own),           cmocka_unit_test(all_different),
                                       cmocka_unit_test(balanced_classes),          cmocka_unit_test(ink),
                                       cmocka_unit_test(told_apart_by_class_means), cmocka_unit_test(refused)};
    return TEST_RUN("digits", tests);
}

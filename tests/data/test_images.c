/* Readers of image files: what is read from files made here, plain and gzip'd, what is refused and how; and the published
 * sets themselves where KETWALL_DATA_DIR has them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "data/images.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

enum { GREY = 28 * 28, COLOUR = 3 * 32 * 32, RECORD = 1 + COLOUR };

static const char train_images[] = "mnist/train-images-idx3-ubyte", train_labels[] = "mnist/train-labels-idx1-ubyte";

static void put(const char *name, const uint8_t *bytes, size_t count, bool packed) {
    char path[256];
    snprintf(path, sizeof path, "%s%s", test_in_folder(name), packed ? ".gz" : "");
    gzFile file = gzopen(path, packed ? "wb" : "wbT"); /* T: as it is */
    assert_non_null(file);
    if (count) assert_int_equal(gzwrite(file, bytes, (unsigned)count), count);
    assert_int_equal(gzclose(file), Z_OK);
}

static void folder(const char *name) { assert_int_equal(mkdir(test_in_folder(name), 0700), 0); }

/* A load that must fail: nothing is written, and the message names what is given. */
static void refused(kw_images_kind kind, bool test, const char *const parts[3]) {
    kw_images images = {.channels = -1};
    char dir[256];
    snprintf(dir, sizeof dir, "%s", test_in_folder("."));
    assert_int_equal(kw_images_load(kind, dir, test, &images), KW_E_INPUT);
    assert_int_equal(images.channels, -1);
    assert_null(images.pixels);
    for (int p = 0; p < 3; ++p)
        if (!strstr(kw_error_message(), parts[p])) fail_msg("'%s' is not in: %s", parts[p], kw_error_message());
}

/* ---- IDX ---- */

/* What a pair of files claims and what it holds. */
typedef struct {
    uint32_t magic, count, height, width;
    size_t bytes; /* of the whole file of images */
    uint32_t label_magic, label_count;
    size_t label_bytes;
    int last_label;
} pair;

#define GOOD                                                                                                                \
    { 0x803, 3, 28, 28, 16 + 3 * GREY, 0x801, 3, 8 + 3, 9 }

static uint8_t pixel(size_t i) { return (uint8_t)(i * i % 251); }

static void big_endian(uint8_t *out, const uint32_t *words, int count) {
    for (int w = 0; w < count; ++w)
        for (int b = 0; b < 4; ++b) *out++ = (uint8_t)(words[w] >> (24 - 8 * b));
}

static void put_pair(const pair *p, bool packed) {
    uint8_t images[16 + 4 * GREY], labels[8 + 4] = {0};
    big_endian(images, (uint32_t[]){p->magic, p->count, p->height, p->width}, 4);
    for (size_t i = 0; i < 4 * GREY; ++i) images[16 + i] = pixel(i);
    big_endian(labels, (uint32_t[]){p->label_magic, p->label_count}, 2);
    labels[9] = 4;
    labels[10] = (uint8_t)p->last_label;
    put(train_images, images, p->bytes, packed);
    put(train_labels, labels, p->label_bytes, packed);
}

static void idx_is_read(void **state) {
    (void)state;
    folder("mnist");
    for (int packed = 1; packed >= 0; --packed) { /* later the plain ones lie beside the gzip'd ones */
        kw_images images;
        put_pair(&(pair)GOOD, packed);
        TEST_MUST(kw_images_load(KW_IMAGES_MNIST, test_in_folder(""), false, &images));
        assert_int_equal(images.count, 3);
        assert_int_equal(images.channels, 1);
        assert_int_equal(images.height, 28);
        assert_int_equal(images.width, 28);
        assert_int_equal(images.classes, 10);
        assert_memory_equal(images.labels, ((uint8_t[]){0, 4, 9}), 3);
        for (size_t i = 0; i < 3 * GREY; ++i) assert_int_equal(images.pixels[i], pixel(i));
        kw_images_free(&images);
        assert_null(images.pixels);
        assert_int_equal(images.count, 0);
    }
}

/* More than is read at once. */
static void many_images(void **state) {
    (void)state;
    enum { COUNT = 3000 };
    kw_images images;
    uint8_t *bytes = malloc(16 + (size_t)COUNT * GREY);
    assert_non_null(bytes);
    folder("fashion-mnist");
    big_endian(bytes, (uint32_t[]){0x803, COUNT, 28, 28}, 4);
    for (size_t i = 0; i < (size_t)COUNT * GREY; ++i) bytes[16 + i] = pixel(i);
    put("fashion-mnist/t10k-images-idx3-ubyte", bytes, 16 + (size_t)COUNT * GREY, true);
    big_endian(bytes, (uint32_t[]){0x801, COUNT}, 2);
    for (size_t i = 0; i < COUNT; ++i) bytes[8 + i] = (uint8_t)(i % 10);
    put("fashion-mnist/t10k-labels-idx1-ubyte", bytes, 8 + COUNT, false);
    free(bytes);
    TEST_MUST(kw_images_load(KW_IMAGES_FASHION, test_in_folder(""), true, &images));
    assert_int_equal(images.count, COUNT);
    for (size_t i = 0; i < (size_t)COUNT * GREY; ++i) assert_int_equal(images.pixels[i], pixel(i));
    for (size_t i = 0; i < COUNT; ++i) assert_int_equal(images.labels[i], i % 10);
    kw_images_free(&images);
}

static void idx_is_refused(void **state) {
    (void)state;
    static const struct {
        pair p;
        const char *parts[3];
    } cases[] = {
        {{0x801, 3, 28, 28, 16 + 3 * GREY, 0x801, 3, 11, 9},
         {train_images, "begins with 0x00000801", "expected 0x00000803"}},
        {{0x803, 3, 28, 28, 16 + 3 * GREY, 0xd01, 3, 11, 9},
         {train_labels, "begins with 0x00000d01", "expected 0x00000801"}},
        {{0x803, 3, 32, 28, 16 + 3 * GREY, 0x801, 3, 11, 9}, {train_images, "32 x 28", "expected 28 x 28"}},
        {{0x803, 3, 28, 1u << 31, 16 + 3 * GREY, 0x801, 3, 11, 9}, {train_images, "28 x 2147483648", "expected 28 x 28"}},
        {{0x803, 0, 28, 28, 16, 0x801, 0, 8, 9}, {train_images, "holds nothing", "expected at least one"}},
        {{0x803, 3, 28, 28, 0, 0x801, 3, 11, 9}, {train_images, "ends after 0 bytes", "expected a header of 16"}},
        {{0x803, 3, 28, 28, 15, 0x801, 3, 11, 9}, {train_images, "ends after 15 bytes", "expected a header of 16"}},
        {{0x803, 3, 28, 28, 15 + 3 * GREY, 0x801, 3, 11, 9}, {train_images, "holds 2351 bytes", "expected 2352"}},
        {{0x803, 3, 28, 28, 17 + 3 * GREY, 0x801, 3, 11, 9}, {train_images, "goes on after", "2352 bytes"}},
        /* 3.4 TB by the header: KW_E_NOMEM, were they asked for */
        {{0x803, UINT32_MAX, 28, 28, 16 + 3 * GREY, 0x801, 3, 11, 9}, {train_images, "holds 2352 bytes", "3367254359280"}},
        {{0x803, 3, 28, 28, 16 + 3 * GREY, 0x801, 2, 10, 9}, {train_labels, "2 labels", "expected 3"}},
        {{0x803, 3, 28, 28, 16 + 3 * GREY, 0x801, 3, 7, 9}, {train_labels, "ends after 7 bytes", "expected a header of 8"}},
        {{0x803, 3, 28, 28, 16 + 3 * GREY, 0x801, 3, 10, 9}, {train_labels, "holds 2 bytes", "expected 3"}},
        {{0x803, 3, 28, 28, 16 + 3 * GREY, 0x801, 3, 12, 9}, {train_labels, "goes on after", "3 bytes"}},
        {{0x803, 3, 28, 28, 16 + 3 * GREY, 0x801, 3, 11, 10}, {train_labels, "label 2 is 10", "expected 0 to 9"}},
    };
    folder("mnist");
    for (int packed = 1; packed >= 0; --packed)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
            put_pair(&cases[i].p, packed);
            refused(KW_IMAGES_MNIST, false, cases[i].parts);
        }
}

/* ---- gzip ---- */

/* Rewrites the gzip'd images with one byte changed (at < 0: from the end), or cut short before it. */
static void damage(long at, bool cut) {
    static uint8_t bytes[16 + 4 * GREY];
    char path[256];
    snprintf(path, sizeof path, "%s.gz", test_in_folder(train_images));
    put_pair(&(pair)GOOD, true);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file), place = at < 0 ? size - (size_t)-at : (size_t)at;
    fclose(file);
    assert_true(place < size && size < sizeof bytes);
    bytes[place] ^= 0xff;
    file = fopen(path, "wb");
    assert_non_null(file);
    const size_t left = cut ? place : size;
    assert_int_equal(fwrite(bytes, 1, left, file), left);
    assert_int_equal(fclose(file), 0);
}

static void gzip_is_refused(void **state) {
    (void)state;
    static const char *const damaged[3] = {train_images, ".gz: the gzip'd data are damaged", "fetch the file again"};
    static const char *const ended[3] = {train_images, ".gz: the gzip'd data end early", "fetch the file again"};
    static const char *const plain[3] = {train_images, "begins with 0xe08b", "expected 0x00000803"};
    folder("mnist");
    damage(-8, false); /* checksum */
    refused(KW_IMAGES_MNIST, false, damaged);
    damage(-4, false); /* length */
    refused(KW_IMAGES_MNIST, false, damaged);
    damage(10, false); /* type of the first block */
    refused(KW_IMAGES_MNIST, false, damaged);
    damage(-1, true);
    refused(KW_IMAGES_MNIST, false, ended);
    damage(-100, true);
    refused(KW_IMAGES_MNIST, false, ended);
    damage(0, false); /* no longer known for gzip */
    refused(KW_IMAGES_MNIST, false, plain);
}

/* ---- CIFAR-10 ---- */

enum { MANY = 2003 };

/* Record r of batch b: label (r + b) mod 10, pixels that differ by batch, record and place. */
static uint8_t colour(int b, size_t r, size_t i) { return (uint8_t)((i * i + 7 * r + 31 * (size_t)b) % 253); }

static void put_batch(const char *name, int b, size_t size, size_t bad_record, bool packed) {
    uint8_t *bytes = malloc(size + RECORD), *at = bytes;
    assert_non_null(bytes);
    for (size_t r = 0; r * RECORD < size; ++r) {
        *at++ = r == bad_record ? 10 : (uint8_t)((r + (size_t)b) % 10);
        for (size_t i = 0; i < COLOUR; ++i) *at++ = colour(b, r, i);
    }
    put(name, bytes, size, packed);
    free(bytes);
}

static void check_batch(const kw_images *images, size_t first, size_t count, int b) {
    assert_true(first + count <= images->count);
    for (size_t r = 0; r < count; ++r) {
        assert_int_equal(images->labels[first + r], (r + (size_t)b) % 10);
        for (size_t i = 0; i < COLOUR; ++i) assert_int_equal(images->pixels[(first + r) * COLOUR + i], colour(b, r, i));
    }
}

static void cifar_is_read(void **state) {
    (void)state;
    kw_images images;
    folder("cifar-10");
    folder("cifar-10/cifar-10-batches-bin");
    put_batch("cifar-10/data_batch_1.bin", 1, (size_t)MANY * RECORD, SIZE_MAX, false); /* more than is read at once */
    put_batch("cifar-10/cifar-10-batches-bin/data_batch_2.bin", 2, (size_t)1000 * RECORD, SIZE_MAX, true);
    put_batch("cifar-10/data_batch_4.bin", 4, RECORD, SIZE_MAX, false); /* without the third it does not count */
    put_batch("cifar-10/cifar-10-batches-bin/test_batch.bin", 6, (size_t)2 * RECORD, SIZE_MAX, false);
    TEST_MUST(kw_images_load(KW_IMAGES_CIFAR10, test_in_folder(""), false, &images));
    assert_int_equal(images.count, MANY + 1000);
    assert_int_equal(images.channels, 3);
    assert_int_equal(images.height, 32);
    assert_int_equal(images.width, 32);
    assert_int_equal(images.classes, 10);
    check_batch(&images, 0, MANY, 1);
    check_batch(&images, MANY, 1000, 2);
    kw_images_free(&images);
    put_batch("cifar-10/data_batch_3.bin", 3, RECORD, SIZE_MAX, true);
    put_batch("cifar-10/data_batch_5.bin", 5, RECORD, SIZE_MAX, false);
    TEST_MUST(kw_images_load(KW_IMAGES_CIFAR10, test_in_folder(""), false, &images));
    assert_int_equal(images.count, MANY + 1003);
    for (int b = 3; b <= 5; ++b) check_batch(&images, MANY + 1000 + (size_t)b - 3, 1, b);
    kw_images_free(&images);
    TEST_MUST(kw_images_load(KW_IMAGES_CIFAR10, test_in_folder(""), true, &images));
    assert_int_equal(images.count, 2);
    check_batch(&images, 0, 2, 6);
    kw_images_free(&images);
}

static void cifar_is_refused(void **state) {
    (void)state;
    static const char first[] = "cifar-10/data_batch_1.bin", second[] = "cifar-10/data_batch_2.bin";
    folder("cifar-10");
    for (int packed = 1; packed >= 0; --packed) {
        put_batch(second, 2, (size_t)2 * RECORD, 1, packed);
        put_batch(first, 1, (size_t)2 * RECORD - 1, SIZE_MAX, packed);
        refused(KW_IMAGES_CIFAR10, false, (const char *[]){first, "record 1 ends after 3072 bytes", "expected 3073"});
        put_batch(first, 1, (size_t)MANY * RECORD + 5, SIZE_MAX, packed);
        refused(KW_IMAGES_CIFAR10, false, (const char *[]){first, "record 2003 ends after 5 bytes", "expected 3073"});
        put_batch(first, 1, 0, SIZE_MAX, packed);
        refused(KW_IMAGES_CIFAR10, false, (const char *[]){first, "is empty", "expected records of 3073"});
        put_batch(first, 1, (size_t)MANY * RECORD, 1002, packed);
        refused(KW_IMAGES_CIFAR10, false, (const char *[]){first, "record 1002: label 10", "expected 0 to 9"});
        put_batch(first, 1, (size_t)MANY * RECORD, SIZE_MAX, packed);
        refused(KW_IMAGES_CIFAR10, false, (const char *[]){second, "record 1: label 10", "expected 0 to 9"});
    }
}

/* ---- where files are ---- */

static void missing_files(void **state) {
    (void)state;
    kw_images images;
    refused(
        KW_IMAGES_MNIST, false,
        (const char *[]){"/./mnist: neither train-images-idx3-ubyte nor", "ubyte.gz is there", "jobs/get-mnist.sh /tmp/"});
    refused(KW_IMAGES_FASHION, true,
            (const char *[]){"/./fashion-mnist: neither t10k-images-idx3", "ubyte.gz", "jobs/get-"});
    folder("mnist");
    put_pair(&(pair)GOOD, true);
    assert_int_equal(remove(strcat(strcpy((char[256]){0}, test_in_folder(train_labels)), ".gz")), 0);
    refused(KW_IMAGES_MNIST, false, (const char *[]){"mnist: neither train-labels-idx1-ubyte nor", "is there", "jobs/get-"});
    folder(train_labels);
    refused(KW_IMAGES_MNIST, false, (const char *[]){train_labels, ": Is a directory", ""});
    put_batch("data_batch_2.bin", 2, RECORD, SIZE_MAX, false);
    refused(
        KW_IMAGES_CIFAR10, false,
        (const char *[]){"/./cifar-10: neither data_batch_1.bin nor data_batch_1.bin.gz is there or in cifar-10-batches-bin",
                         "jobs/get-mnist.sh --cifar /tmp/", "fetches"});
    refused(KW_IMAGES_CIFAR10, true, (const char *[]){"neither test_batch.bin nor test_batch.bin.gz", "--cifar", ""});
    assert_int_equal(kw_images_load(KW_IMAGES_DIGITS, test_in_folder(""), false, &images), KW_E_ARG);
    char *path = malloc(5000);
    assert_non_null(path);
    memset(path, 'x', 4999);
    path[4999] = '\0';
    assert_int_equal(kw_images_load(KW_IMAGES_MNIST, path, false, &images), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "data.dir: the path has more than 4095 bytes"));
    free(path);
}

static void folder_of_the_environment(void **state) {
    (void)state;
    const char *before = getenv("KETWALL_DATA_DIR");
    char *kept = before ? strdup(before) : NULL;
    kw_images images;
    folder("mnist");
    put_pair(&(pair)GOOD, true);
    assert_int_equal(setenv("KETWALL_DATA_DIR", test_in_folder(""), 1), 0);
    const char *const none[] = {NULL, ""};
    for (int i = 0; i < 2; ++i) {
        TEST_MUST(kw_images_load(KW_IMAGES_MNIST, none[i], false, &images));
        assert_int_equal(images.count, 3);
        kw_images_free(&images);
    }
    assert_int_equal(kw_images_load(KW_IMAGES_MNIST, "/nowhere", false, &images), KW_E_INPUT); /* a given one goes first */
    static const char *const words[] = {"data.dir", "KETWALL_DATA_DIR", "jobs/get-mnist.sh", "cifar-10/"};
    for (int empty = 0; empty < 2; ++empty) {
        assert_int_equal(empty ? setenv("KETWALL_DATA_DIR", "", 1) : unsetenv("KETWALL_DATA_DIR"), 0);
        assert_int_equal(kw_images_load(KW_IMAGES_CIFAR10, NULL, false, &images), KW_E_INPUT);
        for (int w = 0; w < 4; ++w) assert_non_null(strstr(kw_error_message(), words[w]));
    }
    assert_int_equal(kept ? setenv("KETWALL_DATA_DIR", kept, 1) : unsetenv("KETWALL_DATA_DIR"), 0);
    free(kept);
}

/* ---- the published sets ---- */

static void needs_data(void) {
    const char *dir = getenv("KETWALL_DATA_DIR");
    if (dir && *dir) return;
    print_message("KETWALL_DATA_DIR is not set: MNIST and Fashion-MNIST themselves are not read\n");
    skip();
}

/* Labels as published; mean and deviation of the training images are those that kw_images_normalisation gives, to the digits
 * that it has. */
static void published(kw_images_kind kind, const char *first_train, const char *first_test) {
    kw_images images;
    for (int test = 1; test >= 0; --test) {
        const char *first = test ? first_test : first_train;
        TEST_MUST(kw_images_load(kind, NULL, test, &images));
        assert_int_equal(images.count, test ? 10000 : 60000);
        for (size_t i = 0; first[i]; ++i) assert_int_equal(images.labels[i], first[i] - '0');
        if (test) kw_images_free(&images);
    }
    double sum = 0, squares = 0, mean, deviation;
    const double n = (double)images.count * GREY;
    for (size_t i = 0; i < images.count * GREY; ++i) {
        sum += images.pixels[i] / 255.0;
        squares += images.pixels[i] / 255.0 * (images.pixels[i] / 255.0);
    }
    kw_images_normalisation(kind, 0, &mean, &deviation);
    assert_true(fabs(mean - sum / n) < 5.1e-5);
    assert_true(fabs(deviation - sqrt(squares / n - sum / n * (sum / n))) < 5.1e-5);
    kw_images_free(&images);
}

/* The sum over image 0, normalised, comes from a reader and sum in Python, in double precision. */
static void mnist(void **state) {
    (void)state;
    kw_images images;
    double mean, deviation, sum = 0;
    needs_data();
    published(KW_IMAGES_MNIST, "5041921314353617", "7210414959069015");
    TEST_MUST(kw_images_load(KW_IMAGES_MNIST, NULL, false, &images));
    kw_images_normalisation(KW_IMAGES_MNIST, 0, &mean, &deviation);
    for (size_t i = 0; i < GREY; ++i) sum += (images.pixels[i] / 255.0 - mean) / deviation;
    assert_true(fabs(sum - 17.761689291101046) < 1e-9);
    kw_images_free(&images);
}

static void fashion_mnist(void **state) {
    (void)state;
    needs_data();
    published(KW_IMAGES_FASHION, "9003027255", "9211614657");
}

static void normalisation_of_colours(void **state) {
    (void)state;
    static const double means[] = {0.4914, 0.4822, 0.4465}, deviations[] = {0.2470, 0.2435, 0.2616};
    for (int c = 0; c < 3; ++c) {
        double mean, deviation;
        kw_images_normalisation(KW_IMAGES_CIFAR10, c, &mean, &deviation);
        assert_true(mean == means[c] && deviation == deviations[c]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST_IN_FOLDER(idx_is_read),
                                       TEST_IN_FOLDER(many_images),
                                       TEST_IN_FOLDER(idx_is_refused),
                                       TEST_IN_FOLDER(gzip_is_refused),
                                       TEST_IN_FOLDER(cifar_is_read),
                                       TEST_IN_FOLDER(cifar_is_refused),
                                       TEST_IN_FOLDER(missing_files),
                                       TEST_IN_FOLDER(folder_of_the_environment),
                                       cmocka_unit_test(mnist),
                                       cmocka_unit_test(fashion_mnist),
                                       cmocka_unit_test(normalisation_of_colours)};
    return TEST_RUN("images", tests);
}

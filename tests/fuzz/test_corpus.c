/* A fuzz target over its corpus, with any compiler: every file as it is, cut off at every byte, and with single bytes
 * replaced at seeded positions.  What the target finds wrong ends the program; the input is named first. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fuzz.h"
#include "support/dense.h"

enum { MOST_FILES = 1000, CUT_SIZE = 4096 };

typedef struct {
    char name[256], *bytes;
    size_t size;
} sample;

static sample samples[MOST_FILES];
static size_t sample_count;
static char input_name[512]; /* of the input at work, for the signal handler */

static void name_input(int signal_number) {
    (void)signal_number;
    const ssize_t written = write(STDERR_FILENO, input_name, strlen(input_name));
    (void)written;
}

static int by_name(const void *a, const void *b) { return strcmp(((const sample *)a)->name, ((const sample *)b)->name); }

static void read_sample(sample *s) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", TEST_CORPUS, s->name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    s->size = (size_t)ftell(file);
    rewind(file);
    s->bytes = malloc(s->size + 1);
    assert_non_null(s->bytes);
    assert_int_equal(fread(s->bytes, 1, s->size, file), s->size);
    fclose(file);
}

static int read_corpus(void **unused) {
    (void)unused;
    DIR *folder = opendir(TEST_CORPUS);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.') continue;
        assert_true(sample_count < MOST_FILES);
        snprintf(samples[sample_count++].name, sizeof samples->name, "%s", entry->d_name);
    }
    closedir(folder);
    qsort(samples, sample_count, sizeof *samples, by_name);
    for (size_t i = 0; i < sample_count; ++i) read_sample(&samples[i]);
    return 0;
}

static int free_corpus(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sample_count; ++i) free(samples[i].bytes);
    return 0;
}

/* Runs the target on a copy of exactly this size, so that a sanitizer sees a byte read behind the end; `at` < size: that
 * byte becomes `byte`. */
static void run(const sample *s, size_t size, size_t at, unsigned char byte) {
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, s->bytes, size);
    if (at < size) copy[at] = byte;
    snprintf(input_name, sizeof input_name, "input: %.255s, %zu bytes of it, byte %zu set to %d (-1: none)\n", s->name, size,
             at, at < size ? byte : -1);
    assert_int_equal(LLVMFuzzerTestOneInput(copy, size), 0);
    free(copy);
}

static void files_cut_off_at_every_byte(void **unused) {
    (void)unused;
    for (size_t i = 0; i < sample_count; ++i)
        for (size_t size = 0; samples[i].size <= CUT_SIZE && size < samples[i].size; ++size) run(&samples[i], size, size, 0);
}

/* Half of the new bytes are of the language, so that the reader gets beyond its first look at them. */
static void files_with_one_byte_replaced(void **unused) {
    (void)unused;
    static const char letters[] = "0123456789abcghqrux_.,;()[]{}+-*/^=>\"\n UCX";
    for (size_t i = 0; i < sample_count; ++i) {
        uint64_t seed = i + 1;
        for (int flip = 0; samples[i].size && flip < TEST_FLIPS; ++flip) {
            const size_t at = dense_bits(&seed) % samples[i].size;
            const uint64_t pick = dense_bits(&seed);
            const unsigned char byte =
                pick & 1 ? (unsigned char)letters[(pick >> 8) % (sizeof letters - 1)] : (unsigned char)(pick >> 8);
            run(&samples[i], samples[i].size, at, byte);
        }
    }
}

/* A corpus that the reader has come to refuse as a whole would test nothing behind its first lines. */
static void files_as_they_are(void **unused) {
    (void)unused;
    fuzz_taken = 0;
    for (size_t i = 0; i < sample_count; ++i) run(&samples[i], samples[i].size, samples[i].size, 0);
    if (!sample_count || 2 * fuzz_taken < sample_count)
        fail_msg("of %zu files in %s the reader takes %zu", sample_count, TEST_CORPUS, fuzz_taken);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_as_they_are),
        cmocka_unit_test(files_cut_off_at_every_byte),
        cmocka_unit_test(files_with_one_byte_replaced),
    };
    signal(SIGABRT, name_input);
    return cmocka_run_group_tests_name("fuzz corpus", tests, read_corpus, free_corpus);
}

/* Sealed files: what was written comes back at every rank count, and no damaged, short, missing or half-written file is ever
 * taken for a good one. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "io/sealed.h"
#include "io/sealed_amplitudes.h"
#include "support/world.h"

#define AMPLITUDES 4096
#define REALS      1000
#define SUCCEEDS(call)                                                                                                      \
    do {                                                                                                                    \
        if ((call) != KW_OK) fail_msg("%s: %s", #call, kw_error_message());                                                 \
    } while (0)

static char folder[64]; /* the same on every rank */

static int rank(void) { return kw_comm_rank(test_world()); }

static const char *in_folder(const char *name) {
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/ketwall sealed XXXXXX");
    if (rank() == 0 && !mkdtemp(folder)) return -1;
    kw_comm_broadcast(test_world(), folder, sizeof folder, 0);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    kw_comm_agree(test_world(), KW_OK);
    if (rank() == 0) {
        char command[128];
        umount2(in_folder("disk"), MNT_DETACH); /* left by a test that failed */
        snprintf(command, sizeof command, "rm -rf '%s'", folder);
        return system(command);
    }
    return 0;
}

static double part(uint64_t i, int which) { return sin(0.1 * (double)i + which); }

/* One file with everything in it.  `scale` tells versions of the file apart. */
static kw_status write_file(kw_comm *comm, const char *path, kw_precision precision, double scale) {
    uint64_t count = AMPLITUDES / (uint64_t)kw_comm_size(comm), first = count * (uint64_t)kw_comm_rank(comm);
    double *wide = malloc(2 * AMPLITUDES * sizeof *wide), reals[REALS];
    float *narrow = (float *)wide;
    for (uint64_t i = 0; i < 2 * count; ++i) {
        double value = part(first + i / 2, (int)(i % 2));
        if (precision == KW_DOUBLE) wide[i] = value;
        else narrow[i] = (float)value;
    }
    for (int i = 0; i < REALS; ++i) reals[i] = scale * i / 3.0;
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_create(comm, path, &file);
    if (status == KW_OK) {
        kw_status written[] = {
            kw_sealed_write_text(file, "/provenance", "code_version", "1.2.3 – ä"),
            kw_sealed_write_integer(file, "/", "format_version", 7),
            kw_sealed_write_reals(file, "/quantum/params", reals, REALS, "rad", "angles"),
            kw_sealed_write_reals(file, "/history/empty", NULL, 0, "1", "nothing yet"),
            kw_sealed_write_integer(file, "/progress/deep", "step", INT64_MIN),
            kw_sealed_write_text(file, "/provenance", "code_version", "4.5.6"),
            kw_sealed_write_amplitudes(file, "/quantum/state/amplitudes", wide, first, count, AMPLITUDES, precision),
        };
        kw_status worst = KW_OK;
        for (size_t i = 0; i < sizeof written / sizeof *written; ++i)
            if (written[i] > worst) worst = written[i];
        status = kw_sealed_commit(&file, worst);
        assert_null(file);
    }
    free(wide);
    return status;
}

static void check_file(kw_comm *comm, const char *path, kw_precision precision, double scale, double tolerance) {
    kw_sealed *file = NULL;
    if (kw_sealed_open(comm, path, &file) != KW_OK) fail_msg("%s", kw_error_message());
    char *text;
    int64_t integer;
    double *reals;
    size_t count;
    kw_slab_source source;
    SUCCEEDS(kw_sealed_read_text(file, "/provenance", "code_version", &text));
    assert_string_equal(text, "4.5.6");
    free(text);
    SUCCEEDS(kw_sealed_read_integer(file, "/", "format_version", &integer));
    assert_int_equal(integer, 7);
    SUCCEEDS(kw_sealed_read_integer(file, "/progress/deep", "step", &integer));
    assert_true(integer == INT64_MIN);
    SUCCEEDS(kw_sealed_read_reals(file, "/quantum/params", &reals, &count));
    assert_int_equal(count, REALS);
    for (int i = 0; i < REALS; ++i) assert_true(reals[i] == scale * i / 3.0);
    free(reals);
    SUCCEEDS(kw_sealed_read_reals(file, "/history/empty", &reals, &count));
    assert_int_equal(count, 0);
    free(reals);
    SUCCEEDS(kw_sealed_amplitudes_open(file, "/quantum/state/amplitudes", &source));
    assert_int_equal(source.dims[0], AMPLITUDES);
    uint64_t mine = AMPLITUDES / (uint64_t)kw_comm_size(comm), first = mine * (uint64_t)kw_comm_rank(comm);
    double *wide = malloc(2 * mine * sizeof *wide);
    float *narrow = (float *)wide;
    SUCCEEDS(kw_sealed_amplitudes_read(&source, wide, first, mine, precision));
    for (uint64_t i = 0; i < 2 * mine; ++i) {
        double value = precision == KW_DOUBLE ? wide[i] : (double)narrow[i];
        assert_true(fabs(value - part(first + i / 2, (int)(i % 2))) <= tolerance);
    }
    /* what is not there, or is something else */
    assert_int_equal(kw_sealed_amplitudes_read(&source, wide, AMPLITUDES, 1, precision), KW_E_IO);
    kw_sealed_slab_close(&source);
    assert_int_equal(kw_sealed_read_reals(file, "/quantum/state/amplitudes", &reals, &count), KW_E_IO);
    assert_int_equal(kw_sealed_read_reals(file, "/quantum/missing", &reals, &count), KW_E_IO);
    assert_int_equal(kw_sealed_read_text(file, "/quantum", "missing", &text), KW_E_IO);
    assert_int_equal(kw_sealed_read_text(file, "/", "format_version", &text), KW_E_IO);
    assert_int_equal(kw_sealed_read_integer(file, "/nowhere", "step", &integer), KW_E_IO);
    free(wide);
    kw_sealed_close(&file);
    assert_null(file);
}

static void round_trip(void **state) {
    (void)state;
    const char *path = in_folder("round.h5");
    SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
    check_file(test_world(), path, KW_DOUBLE, 1.0, 0.0);
    check_file(test_world(), path, KW_SINGLE, 1.0, 1e-7);
    SUCCEEDS(write_file(test_world(), path, KW_SINGLE, 2.0)); /* over an older one */
    check_file(test_world(), path, KW_DOUBLE, 2.0, 1e-7);
    SUCCEEDS(kw_sealed_verify(path));
    struct stat info;
    char temporary[176];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    assert_int_equal(stat(temporary, &info), -1);
    assert_int_equal(stat(path, &info), 0);
    assert_true((uint64_t)info.st_blocks * 512 < (uint64_t)info.st_size + 65536); /* reserved space was given back */
}

/* Written by all ranks, read by the even ones and by the odd ones, each half writing for all to read. */
static void other_rank_counts(void **state) {
    (void)state;
    if (kw_comm_size(test_world()) == 1) skip();
    kw_comm *half;
    SUCCEEDS(kw_comm_split(test_world(), rank() % 2, &half));
    SUCCEEDS(write_file(test_world(), in_folder("all.h5"), KW_DOUBLE, 1.0));
    check_file(half, in_folder("all.h5"), KW_DOUBLE, 1.0, 0.0);
    check_file(kw_comm_self(), in_folder("all.h5"), KW_DOUBLE, 1.0, 0.0);
    SUCCEEDS(write_file(half, in_folder(rank() % 2 ? "odd.h5" : "even.h5"), KW_DOUBLE, 3.0));
    kw_comm_agree(test_world(), KW_OK);
    check_file(test_world(), in_folder("odd.h5"), KW_DOUBLE, 3.0, 0.0);
    check_file(test_world(), in_folder("even.h5"), KW_DOUBLE, 3.0, 0.0);
    kw_comm_destroy(&half);
}

static void long_text(void **state) {
    (void)state;
    size_t bytes = 300000;
    char *text = malloc(bytes + 1), *back;
    for (size_t i = 0; i < bytes; ++i) text[i] = (char)('a' + i % 26);
    text[bytes] = 0;
    kw_sealed *file;
    SUCCEEDS(kw_sealed_create(test_world(), in_folder("text.h5"), &file));
    SUCCEEDS(kw_sealed_write_text(file, "/quantum", "qasm", text));
    SUCCEEDS(kw_sealed_write_text(file, "/quantum", "empty", ""));
    SUCCEEDS(kw_sealed_commit(&file, KW_OK));
    SUCCEEDS(kw_sealed_open(test_world(), in_folder("text.h5"), &file));
    SUCCEEDS(kw_sealed_read_text(file, "/quantum", "qasm", &back));
    assert_string_equal(back, text);
    free(back);
    SUCCEEDS(kw_sealed_read_text(file, "/quantum", "empty", &back));
    assert_string_equal(back, "");
    free(back);
    kw_sealed_close(&file);
    free(text);
}

/* ---- damage ---- */

/* Opens on all ranks and wants KW_E_IO with the file's name in the message. */
static void refused(const char *path, const char *what, long where) {
    kw_sealed *file = NULL;
    kw_status status = kw_sealed_open(test_world(), path, &file);
    if (status != KW_E_IO || !strstr(kw_error_message(), path))
        fail_msg("%s %ld: status %d, \"%s\"", what, where, (int)status, kw_error_message());
    assert_null(file);
}

/* Rank 0 changes the file, the others wait for it. */
static void flip(const char *path, long at, int bit) {
    if (rank() == 0) {
        FILE *file = fopen(path, "r+b");
        fseek(file, at, SEEK_SET);
        int byte = fgetc(file);
        fseek(file, at, SEEK_SET);
        fputc(byte ^ (1 << bit), file);
        fclose(file);
    }
    kw_comm_agree(test_world(), KW_OK);
}

static void flipped_bits(void **state) {
    (void)state;
    const char *path = in_folder("flip.h5");
    SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    long size = (long)info.st_size, step = size / 150;
    for (long at = 0; at < size; at += at < 160 ? 1 : at < 512 ? 37 : step) {
        flip(path, at, (int)(at % 8));
        refused(path, "bit flipped in byte", at);
        flip(path, at, (int)(at % 8));
    }
    flip(path, size - 1, 0);
    refused(path, "bit flipped in byte", size - 1);
    flip(path, size - 1, 0);
    check_file(test_world(), path, KW_DOUBLE, 1.0, 0.0);
}

static void wrong_lengths(void **state) {
    (void)state;
    const char *path = in_folder("cut.h5");
    SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    kw_comm_agree(test_world(), KW_OK);
    long lengths[] = {info.st_size + 1, info.st_size - 1, info.st_size / 2, 513, 512, 511, 20, 1, 0};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i) {
        if (rank() == 0) assert_int_equal(truncate(path, lengths[i]), 0);
        kw_comm_agree(test_world(), KW_OK);
        refused(path, "cut to bytes", lengths[i]);
    }
}

static void missing_and_strange(void **state) {
    (void)state;
    refused(in_folder("nothing.h5"), "missing", 0);
    assert_non_null(strstr(kw_error_message(), strerror(ENOENT)));
    refused(folder, "a folder", 0);
    kw_sealed *file = NULL;
    assert_int_equal(kw_sealed_create(test_world(), in_folder("no/such/folder.h5"), &file), KW_E_IO);
    assert_non_null(strstr(kw_error_message(), strerror(ENOENT)));
    assert_null(file);
    if (rank() == 0) {
        FILE *plain = fopen(in_folder("plain.h5"), "wb");
        for (int i = 0; i < 5000; ++i) fputc(i, plain);
        fclose(plain);
    }
    kw_comm_agree(test_world(), KW_OK);
    refused(in_folder("plain.h5"), "not ours", 0);
}

static void newer_format(void **state) {
    (void)state;
    const char *path = in_folder("newer.h5");
    SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
    flip(path, 35, 0); /* "format version 2" -> 3 */
    refused(path, "newer", 35);
    assert_non_null(strstr(kw_error_message(), "version 3"));
}

/* ---- failing while writing ---- */

static void failure_of_one_rank(void **state) {
    (void)state;
    const char *path = in_folder("one.h5");
    SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
    kw_sealed *file;
    SUCCEEDS(kw_sealed_create(test_world(), path, &file));
    SUCCEEDS(kw_sealed_write_integer(file, "/", "format_version", 8));
    int last = kw_comm_size(test_world()) - 1;
    kw_status mine = rank() == last ? kw_fail(KW_E_INPUT, "the last rank fails") : KW_OK;
    assert_int_equal(kw_sealed_commit(&file, mine), KW_E_INPUT);
    assert_string_equal(kw_error_message(), "the last rank fails");
    assert_null(file);
    check_file(test_world(), path, KW_DOUBLE, 1.0, 0.0);
    char temporary[176];
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    assert_int_equal(access(temporary, F_OK), -1);
}

static void full_disk(void **state) {
    (void)state;
    const char *disk = in_folder("disk");
    char path[200], temporary[210];
    snprintf(path, sizeof path, "%s/small.h5", disk);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    kw_status mounted = KW_OK;
    if (rank() == 0 && (mkdir(disk, 0777) || mount("none", disk, "tmpfs", 0, "size=1m")))
        mounted = kw_fail(KW_E_ARG, "%s", strerror(errno));
    if (kw_comm_agree(test_world(), mounted) != KW_OK) {
        print_message("full disk: not tested, cannot mount a small tmpfs: %s\n", kw_error_message());
        skip();
    }
    SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
    size_t reals = 200000; /* 1.6 MB */
    double *values = calloc(reals, sizeof *values);
    for (int round = 0; round < 3; ++round) {
        kw_sealed *file;
        SUCCEEDS(kw_sealed_create(test_world(), path, &file));
        kw_status status = KW_OK;
        if (round == 0) status = kw_sealed_write_reals(file, "/large", values, reals, "1", "more than the disk takes");
        for (size_t i = 0; round > 0 && i < 400 && status == KW_OK; ++i) { /* creeping up on the limit */
            char name[32];
            snprintf(name, sizeof name, "/group%zu/array", i);
            status = kw_sealed_write_reals(file, name, values, round == 1 ? 1000 : 7, "1", "small");
            if (status == KW_OK && round == 2) status = kw_sealed_write_text(file, name, "long", "text text text text");
        }
        if (round < 2) {
            assert_int_equal(status, KW_E_IO);
            assert_non_null(strstr(kw_error_message(), strerror(ENOSPC)));
        }
        status = kw_sealed_commit(&file, status);
        if (round < 2) assert_int_equal(status, KW_E_IO);
        if (status == KW_OK) SUCCEEDS(write_file(test_world(), path, KW_DOUBLE, 1.0));
        assert_null(file);
        assert_int_equal(access(temporary, F_OK), -1);
        check_file(test_world(), path, KW_DOUBLE, 1.0, 0.0);
    }
    free(values);
    kw_comm_agree(test_world(), KW_OK);
    if (rank() == 0) assert_int_equal(umount2(disk, MNT_DETACH), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
        IN_FOLDER(round_trip),   IN_FOLDER(other_rank_counts),   IN_FOLDER(long_text),
        IN_FOLDER(flipped_bits), IN_FOLDER(wrong_lengths),       IN_FOLDER(missing_and_strange),
        IN_FOLDER(newer_format), IN_FOLDER(failure_of_one_rank), IN_FOLDER(full_disk),
    };
    return TEST_RUN("sealed", tests);
}

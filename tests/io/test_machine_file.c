/* Machine files: what is read, what is refused and how, and that the template reads back. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/machine_file.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

#define NODE                                                                                                                \
    "[machine]\nnodes = 4\nranks_per_node = 8\ncores_per_node = 32\nmemory_per_node = 96GiB\nmemory_bandwidth = 200\n"      \
    "network_bandwidth = 12.5\n"

static kw_status read_text(const char *text, kw_machine *out) {
    const char *path = test_in_folder("m.ini");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return kw_machine_read(path, out);
}

static void near(double a, double b) { assert_true(fabs(a - b) <= 1e-12 * fabs(b)); }

static void values_and_units(void **state) {
    (void)state;
    kw_machine m;
    TEST_MUST(read_text(
        NODE "cache_per_node = 256MiB\nnetwork_latency = 3\n[single]\nreal1 = 1, 2, 3\ncall = 50\n[s16]\nblock = 0.75\n",
        &m));
    assert_int_equal(m.nodes, 4);
    assert_int_equal(m.ranks_per_node, 8);
    near(m.cores_per_rank, 4);
    assert_true(m.memory_per_node == (uint64_t)96 << 30);
    near(m.memory_bandwidth, 200e9);
    near(m.cache_bandwidth, 200e9); /* not given: that of the memory */
    assert_true(m.cache_per_node == (uint64_t)256 << 20);
    near(m.network_bandwidth, 12.5e9);
    near(m.network_latency, 3e-6);
    for (int u = 0; u < KW_UNITS; ++u) near(m.rates[KW_SINGLE].seconds[KW_RATE_REAL1][u], (u + 1) * 1e-9);
    near(m.rates[KW_SINGLE].call, 50e-9);
    near(m.rates[KW_S16].call, 50e-9); /* packed: as single, but for the block */
    near(m.rates[KW_S16].pass[KW_PASS_BLOCK], 0.75e-9);
    assert_true(m.rates[KW_S8].pass[KW_PASS_BLOCK] > 0);
    near(m.rates[KW_S8].pass[KW_PASS_TURN], m.rates[KW_SINGLE].pass[KW_PASS_TURN]);
    for (int p = 0; p < KW_PRECISIONS; ++p) /* the others have a default */
        for (int c = 0; c < KW_RATES; ++c) assert_true(m.rates[p].seconds[c][KW_PER_AMPLITUDE] > 0);
}

/* Messages name the place, the key and what to do. */
static void errors(void **state) {
    (void)state;
    static const struct {
        const char *text, *first, *second;
    } cases[] = {
        {NODE "network_bandwith = 3\n", "m.ini:8", "did you mean machine.network_bandwidth"},
        {NODE "[duoble]\ncall = 3\n", "m.ini:8", "did you mean [double]"},
        {"[machine]\nranks_per_node = 8\n", "machine.cores_per_node is missing", "write `cores_per_node = ...`"},
        {NODE "network_latency = fast\n", "m.ini:8", "a real number"},
        {NODE "cache_bandwidth = -1\n", "m.ini:8", "out of range"},
        {NODE "[double]\nreal1 = 1, 2\n", "m.ini:9: double.real1 = 1, 2", "expected three numbers"},
        {"[machine]\nnodes = 2\nranks_per_node = 1\ncores_per_node = 2\nmemory_per_node = 1GiB\nmemory_bandwidth = 9\n",
         "machine.network_bandwidth", "more than one node needs it"},
        {"[machine]\nranks_per_node = 1\ncores_per_node = 2\nmemory_per_node = auto\nmemory_bandwidth = 9\n",
         "m.ini:4: machine.memory_per_node", "such as 96GiB"},
    };
    kw_machine m;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        assert_int_equal(read_text(cases[i].text, &m), KW_E_INPUT);
        const char *said = kw_error_message();
        if (!strstr(said, cases[i].first) || !strstr(said, cases[i].second))
            fail_msg("'%s' and '%s' are not in: %s", cases[i].first, cases[i].second, said);
    }
    assert_int_equal(kw_machine_read(test_in_folder("none.ini"), &m), KW_E_INPUT);
}

/* One node is described completely by what is measured on it. */
static void template_reads_back(void **state) {
    (void)state;
    const char *path = test_in_folder("template.ini");
    FILE *file = fopen(path, "w");
    kw_machine m;
    assert_non_null(file);
    TEST_MUST(kw_machine_template(file));
    assert_int_equal(fclose(file), 0);
    TEST_MUST(kw_machine_read(path, &m));
    assert_int_equal(m.nodes, 1);
    assert_true(m.memory_bandwidth > 0 && m.cache_bandwidth > 0 && m.memory_per_node > 0 && m.cache_per_node > 0);
    near(m.ranks_per_node * m.cores_per_rank, kw_machine_cores());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(values_and_units),
        TEST_IN_FOLDER(errors),
        TEST_IN_FOLDER(template_reads_back),
    };
    return TEST_RUN("machine files", tests);
}

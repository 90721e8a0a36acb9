/* F6  ketwall info: what this build is, what it runs on, and the largest states that fit. */
#define _GNU_SOURCE /* sched_getaffinity */
#include <hdf5.h>
#include <nlopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"
#include "build_info.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "engine/kernels/kernels.h"
#include "ketwall/state.h"

static const kw_argument arguments[] = {
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "as JSON, to a file or standard output"},
};

static const kw_syntax syntax = {
    .verb = "info",
    .usage = "[--json FILE|-]",
    .summary =
        "Version, compiler, kernels and libraries of this build; cores, caches and memory of this machine; the largest\n"
        "number of qubits whose statevector, and whose gradient (two statevectors), fit into one process here.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 0,
    .positional_max = 0,
    .example = "ketwall info --json -",
};

/* Largest n whose `states` statevectors fit into `memory` bytes; 0: none. */
static int largest_fit(uint64_t memory, kw_precision precision, int states) {
    int n = 0;
    while (n < KW_MAX_QUBITS && kw_state_bytes(n + 1, precision, 1) <= memory / (uint64_t)states) ++n;
    return n;
}

static json_t *library_versions(void) {
    unsigned hdf5[3] = {0};
    int nlopt[3] = {0};
    char hdf5_text[48], nlopt_text[48], xxhash_text[48];
    const unsigned xxhash = XXH_versionNumber();
    H5get_libversion(&hdf5[0], &hdf5[1], &hdf5[2]);
    nlopt_version(&nlopt[0], &nlopt[1], &nlopt[2]);
    snprintf(hdf5_text, sizeof hdf5_text, "%u.%u.%u", hdf5[0], hdf5[1], hdf5[2]);
    snprintf(nlopt_text, sizeof nlopt_text, "%d.%d.%d", nlopt[0], nlopt[1], nlopt[2]);
    snprintf(xxhash_text, sizeof xxhash_text, "%u.%u.%u", xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
    const char *mpi = kw_launch_mpi_version();
    return json_pack("{s:s#, s:s, s:s, s:s, s:s}", "mpi", mpi, (int)strcspn(mpi, "\n,"), "hdf5", hdf5_text, "nlopt",
                     nlopt_text, "jansson", jansson_version_str(), "xxhash", xxhash_text);
}

static json_t *build(void) {
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "version", KW_VERSION, "git_revision", KW_GIT_REVISION, "build_type",
                     KW_BUILD_TYPE, "compiler", KW_COMPILER, "kernel_sets", KW_KERNEL_SETS, "kernels", kw_kernels_name());
}

/* Copies the processor's name from /proc/cpuinfo. */
static void processor_name(char *name, size_t bytes) {
    snprintf(name, bytes, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) return;
    char line[256];
    while (fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !colon) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(name, bytes, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    fclose(file);
}

/* Cores that this process may use: those of its Slurm task or container, not all of the node. */
static int usable_cores(void) {
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set)) return CPU_COUNT(&set);
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Size of a cache of the first core, from the kernel's tables; 0 if it does not say. */
static json_int_t cache_bytes(int level) {
    for (int index = 0; index < 8; ++index) {
        char path[96], kind[16] = "";
        int found = 0;
        long kib = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", index);
        FILE *file = fopen(path, "r");
        if (!file) return 0;
        if (fscanf(file, "%d", &found) != 1) found = 0;
        fclose(file);
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
        file = found == level ? fopen(path, "r") : NULL;
        if (!file) continue;
        if (fscanf(file, "%ld%1s", &kib, kind) != 2 || strcmp(kind, "K") != 0) kib = 0;
        fclose(file);
        return (json_int_t)kib * 1024;
    }
    return 0;
}

static json_t *machine(void) {
    char processor[200], host[256] = "";
    processor_name(processor, sizeof processor);
    gethostname(host, sizeof host - 1);
    return json_pack("{s:s, s:s, s:i, s:I, s:I, s:I}", "host", host, "processor", processor, "cores", usable_cores(),
                     "l2_bytes", cache_bytes(2), "l3_bytes", cache_bytes(3), "memory_available_bytes",
                     (json_int_t)kw_memory_available());
}

/* Kinds of amplitudes, by kw_precision; how many statevectors, less one. */
static const char *const kinds[KW_PRECISIONS] = {"complex128", "complex64", "s16", "s8"};
static const char *const rows[] = {"state", "gradient"};

static json_t *fits(void) {
    const uint64_t memory = kw_memory_available();
    json_t *object = json_object();
    for (int states = 1; states <= 2; ++states) {
        json_t *row = json_object();
        for (int p = 0; p < KW_PRECISIONS; ++p)
            json_object_set_new(row, kinds[p], json_integer(largest_fit(memory, (kw_precision)p, states)));
        json_object_set_new(object, rows[states - 1], row);
    }
    return object;
}

static const char *text_at(const json_t *info, const char *group, const char *name) {
    return json_string_value(json_object_get(json_object_get(info, group), name));
}

static double number_at(const json_t *info, const char *group, const char *name) {
    return json_number_value(json_object_get(json_object_get(info, group), name));
}

static int qubits_at(const json_t *info, const char *what, const char *precision) {
    return (int)json_integer_value(
        json_object_get(json_object_get(json_object_get(info, "largest_qubits"), what), precision));
}

static void print_cache(const char *name, double bytes) {
    if (bytes > 0.0) printf("  %-12s %.4g MiB\n", name, bytes / 1048576.0);
    else printf("  %-12s unknown\n", name);
}

static void print_info(const json_t *info) {
    printf("Ketwall %s, revision %s\n\nbuild\n", text_at(info, "build", "version"), text_at(info, "build", "git_revision"));
    printf("  %-12s %s\n", "type", text_at(info, "build", "build_type"));
    printf("  %-12s %s\n", "compiler", text_at(info, "build", "compiler"));
    printf("  %-12s %s (compiled: %s)\n", "kernels", text_at(info, "build", "kernels"),
           text_at(info, "build", "kernel_sets"));
    printf("\nlibraries\n");
    const char *name;
    json_t *version;
    json_object_foreach(json_object_get(info, "libraries"), name, version)
        printf("  %-12s %s\n", name, json_string_value(version));
    printf("\nmachine\n  %-12s %s\n  %-12s %s\n  %-12s %.0f\n", "host", text_at(info, "machine", "host"), "processor",
           text_at(info, "machine", "processor"), "cores", number_at(info, "machine", "cores"));
    print_cache("L2 cache", number_at(info, "machine", "l2_bytes"));
    print_cache("L3 cache", number_at(info, "machine", "l3_bytes"));
    printf("  %-12s %.2f GiB available\n", "memory", number_at(info, "machine", "memory_available_bytes") / 1073741824.0);
    printf("\nlargest number of qubits in one process here\n  %-12s", "");
    for (int p = 0; p < KW_PRECISIONS; ++p) printf(" %10s", kinds[p]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
        printf("\n  %-12s", rows[i]);
        for (int p = 0; p < KW_PRECISIONS; ++p) printf(" %10d", qubits_at(info, rows[i], kinds[p]));
    }
    putchar('\n');
}

int kw_cmd_info(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status) return kw_cli_fail(cli, status);
    if (kw_words_help(words)) kw_syntax_print(&syntax);
    else {
        const char *path = kw_words_value(words, "--json");
        json_t *info = json_pack("{s:o, s:o, s:o, s:o}", "build", build(), "libraries", library_versions(), "machine",
                                 machine(), "largest_qubits", fits());
        if (path || !info) status = kw_cli_write_json(info, path ? path : "info");
        else {
            print_info(info);
            json_decref(info);
        }
    }
    kw_words_destroy(&words);
    return status ? kw_cli_fail(cli, status) : 0;
}

/* F3  Machine files: their option table, and what follows from it. */
#include "io/machine_file.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/config.h"
#include "io/disk.h"

#define GIGA 1e9
#define MANY 1e9

#define DOUBLE(name, key, in_double, in_single, text) {"double." key, KW_OPTION_REALS, in_double, 0, MANY, NULL, "ns", text},
#define SINGLE(name, key, in_double, in_single, text) {"single." key, KW_OPTION_REALS, in_single, 0, MANY, NULL, "ns", text},
#define PASS_DOUBLE(name, key, in_double, in_single, text)                                                                  \
    {"double." key, KW_OPTION_REAL, in_double, 0, MANY, NULL, "ns", text},
#define PASS_SINGLE(name, key, in_double, in_single, text)                                                                  \
    {"single." key, KW_OPTION_REAL, in_single, 0, MANY, NULL, "ns", text},

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

static const kw_option options[] = {
    {"machine.nodes", KW_OPTION_INT, "1", 1, 1048576, NULL, "", "nodes that a job may have"},
    {"machine.ranks_per_node", KW_OPTION_INT, NULL, 1, 65536, NULL, "", "ranks on a full node"},
    {"machine.cores_per_node", KW_OPTION_INT, NULL, 1, 65536, NULL, "", "its cores, shared by the ranks"},
    {"machine.memory_per_node", KW_OPTION_BYTES, NULL, 0, 0, NULL, "", "memory that its ranks may use"},
    {"machine.memory_bandwidth", KW_OPTION_REAL, NULL, 1e-3, 1e6, NULL, "GB/s",
     "of a node, all ranks at work: STREAM triad"},
    {"machine.cache_per_node", KW_OPTION_BYTES, "auto", 0, 0, NULL, "",
     "last-level cache: states that take a quarter of it stay there; auto: none do"},
    {"machine.cache_bandwidth", KW_OPTION_REAL, "0", 0, 1e6, NULL, "GB/s",
     "of states that stay there; 0: that of the memory"},
    {"machine.network_bandwidth", KW_OPTION_REAL, "0", 0, 1e6, NULL, "GB/s",
     "of a node, each way; needed from two nodes on"},
    {"machine.network_latency", KW_OPTION_REAL, "2", 0, 1e6, NULL, "us", "of a message between nodes"},
    {"machine.disk_bandwidth", KW_OPTION_REAL, "0", 0, 1e6, NULL, "GB/s",
     "of a node's checkpoints, written and verified; 0: unknown"},
    {"machine.file_bandwidth", KW_OPTION_REAL, "0", 0, 1e6, NULL, "GB/s",
     "of the file system, all nodes together; 0: nodes times disk_bandwidth"},
    {"machine.node_mtbf", KW_OPTION_REAL, TEXT(KW_NODE_MTBF_HOURS), 1e-3, 1e9, NULL, "h",
     "mean time between failures of a node: 5 years"},
    {"s16.block", KW_OPTION_REAL, KW_BLOCK_S16, 0, MANY, NULL, "ns", "passes: unpacking an amplitude of s16 and packing it"},
    {"s8.block", KW_OPTION_REAL, KW_BLOCK_S8, 0, MANY, NULL, "ns", "the same of s8; all else as in single"},
    {"double.call", KW_OPTION_REAL, "20", 0, MANY, NULL, "ns", "complex128: binding one gate to one block"},
    {"double.evaluate", KW_OPTION_REAL, "75", 0, MANY, NULL, "ns", "the matrix of one gate"},
    KW_PASS_RATE_LIST(PASS_DOUBLE) KW_RATE_LIST(DOUBLE) /* complex64 follows in the same order */
    {"single.call", KW_OPTION_REAL, "20", 0, MANY, NULL, "ns", "complex64: binding one gate to one block"},
    {"single.evaluate", KW_OPTION_REAL, "75", 0, MANY, NULL, "ns", "the matrix of one gate"},
    KW_PASS_RATE_LIST(PASS_SINGLE) KW_RATE_LIST(SINGLE)};
enum { OPTIONS = sizeof options / sizeof *options };

/* ---- reading ---- */

/* A failure at a key: "FILE:LINE: key ..." where the file gives it. */
static kw_status fail_at(const kw_config *config, const char *key, const char *what) {
    const char *name, *value = "", *origin = "";
    for (size_t i = 0; i < kw_config_count(config); ++i) {
        kw_config_entry(config, i, &name, &value, &origin);
        if (!strcmp(name, key)) break;
    }
    return kw_fail(KW_E_INPUT, "%s: %s = %s: %s", origin, key, value, what);
}

static kw_status parse_rates(const kw_config *config, const char *precision, kw_rates *out) {
#define KEY(name, key, in_double, in_single, text) key,
    static const char *const keys[] = {KW_RATE_LIST(KEY)}, *const pass_keys[] = {KW_PASS_RATE_LIST(KEY)};
#undef KEY
    char key[64];
    snprintf(key, sizeof key, "%s.call", precision);
    out->call = kw_config_real(config, key) / GIGA;
    snprintf(key, sizeof key, "%s.evaluate", precision);
    out->evaluate = kw_config_real(config, key) / GIGA;
    for (int r = 0; r < KW_PASS_RATES; ++r) {
        snprintf(key, sizeof key, "%s.%s", precision, pass_keys[r]);
        out->pass[r] = kw_config_real(config, key) / GIGA;
    }
    for (int c = 0; c < KW_RATES; ++c) {
        const double *values;
        snprintf(key, sizeof key, "%s.%s", precision, keys[c]);
        if (kw_config_reals(config, key, &values) != KW_UNITS)
            return fail_at(config, key,
                           "expected three numbers [ns]: per amplitude of a gate on one of the lowest four qubits, per "
                           "amplitude otherwise, per run; `ketwall config template machine` measures them");
        for (int u = 0; u < KW_UNITS; ++u) out->seconds[c][u] = values[u] / GIGA;
    }
    return KW_OK;
}

static kw_status parse(const kw_config *config, kw_machine *out) {
    kw_machine m = {.nodes = (int)kw_config_int(config, "machine.nodes"),
                    .ranks_per_node = (int)kw_config_int(config, "machine.ranks_per_node"),
                    .memory_per_node = kw_config_bytes(config, "machine.memory_per_node"),
                    .memory_bandwidth = kw_config_real(config, "machine.memory_bandwidth") * GIGA,
                    .cache_per_node = kw_config_bytes(config, "machine.cache_per_node"),
                    .cache_bandwidth = kw_config_real(config, "machine.cache_bandwidth") * GIGA,
                    .network_bandwidth = kw_config_real(config, "machine.network_bandwidth") * GIGA,
                    .network_latency = kw_config_real(config, "machine.network_latency") / 1e6,
                    .disk_bandwidth = kw_config_real(config, "machine.disk_bandwidth") * GIGA,
                    .file_bandwidth = kw_config_real(config, "machine.file_bandwidth") * GIGA,
                    .node_mtbf = kw_config_real(config, "machine.node_mtbf") * 3600};
    m.cores_per_rank = (double)kw_config_int(config, "machine.cores_per_node") / m.ranks_per_node;
    if (!m.memory_per_node) return fail_at(config, "machine.memory_per_node", "write the memory of a node, such as 96GiB");
    if (m.nodes > 1 && m.network_bandwidth <= 0)
        return fail_at(config, "machine.network_bandwidth", "more than one node needs it: write GB/s of a node, each way");
    if (m.cache_bandwidth <= 0) m.cache_bandwidth = m.memory_bandwidth;
    kw_status status = parse_rates(config, "double", &m.rates[KW_DOUBLE]);
    if (status == KW_OK) status = parse_rates(config, "single", &m.rates[KW_SINGLE]);
    m.rates[KW_S16] = m.rates[KW_S8] = m.rates[KW_SINGLE];
    m.rates[KW_S16].pass[KW_PASS_BLOCK] = kw_config_real(config, "s16.block") / GIGA;
    m.rates[KW_S8].pass[KW_PASS_BLOCK] = kw_config_real(config, "s8.block") / GIGA;
    if (status == KW_OK) *out = m;
    return status;
}

kw_status kw_machine_read(const char *path, kw_machine *out) {
    kw_config *config = NULL;
    kw_status status = kw_config_create(options, OPTIONS, &config);
    if (status == KW_OK) status = kw_config_read(config, path);
    if (status == KW_OK) status = kw_config_complete(config);
    if (status == KW_OK) status = parse(config, out);
    kw_config_destroy(&config);
    return status;
}

/* ---- writing ---- */

enum { VALUE_BYTES = 64 };

/* Gives a row of the table another default. */
static void fill_in(kw_option *row, char *room, const char *key, const char *format, double value) {
    if (strcmp(row->key, key) != 0) return;
    snprintf(room, VALUE_BYTES, format, value);
    row->fallback = room;
}

static void fill_in_node(kw_option *row, char *room, const kw_machine *m) {
    fill_in(row, room, "machine.ranks_per_node", "%.0f", m->ranks_per_node);
    fill_in(row, room, "machine.cores_per_node", "%.0f", m->ranks_per_node * m->cores_per_rank);
    fill_in(row, room, "machine.memory_per_node", "%.0fMiB", (double)m->memory_per_node / 0x1p20);
    fill_in(row, room, "machine.memory_bandwidth", "%.4g", m->memory_bandwidth / GIGA);
    fill_in(row, room, "machine.cache_per_node", "%.0fMiB", (double)m->cache_per_node / 0x1p20);
    fill_in(row, room, "machine.cache_bandwidth", "%.4g", m->cache_bandwidth / GIGA);
    fill_in(row, room, "s16.block", "%.3g", m->rates[KW_S16].pass[KW_PASS_BLOCK] * GIGA);
    fill_in(row, room, "s8.block", "%.3g", m->rates[KW_S8].pass[KW_PASS_BLOCK] * GIGA);
    fill_in(row, room, "machine.disk_bandwidth", "%.3g", m->disk_bandwidth / GIGA);
}

static void fill_in_row(kw_option *row, char *room, const double *seconds, int count) {
    int used = 0;
    for (int i = 0; i < count; ++i)
        used += snprintf(room + used, (size_t)(VALUE_BYTES - used), "%s%.3g", i ? ", " : "", seconds[i] * GIGA);
    row->fallback = room;
}

static void fill_in_rates(kw_option *row, char (*room)[VALUE_BYTES], const kw_rates *rates) {
    int i = 0;
    fill_in_row(&row[i], room[i], &rates->call, 1);
    ++i;
    fill_in_row(&row[i], room[i], &rates->evaluate, 1);
    ++i;
    for (int r = 0; r < KW_PASS_RATES; ++r, ++i) fill_in_row(&row[i], room[i], &rates->pass[r], 1);
    for (int c = 0; c < KW_RATES; ++c, ++i) fill_in_row(&row[i], room[i], rates->seconds[c], KW_UNITS);
}

static const char heading[] =
    "# A machine for ketwall plan --machine.  The values are those of the machine that wrote this;\n"
    "# nodes and network are yours to fill in.  Times are those of one core.  Kernels of single gates\n"
    "# have three numbers: per amplitude for a gate on one of the lowest four qubits, per amplitude\n"
    "# otherwise, and per run (the amplitudes below the lowest qubit of the gate).\n\n";

kw_status kw_machine_template(FILE *out) {
    enum { RATE_ROWS = 2 + KW_PASS_RATES + KW_RATES, NODE_ROWS = OPTIONS - 2 * RATE_ROWS };
    kw_machine m;
    kw_option rows[OPTIONS];
    char room[OPTIONS][VALUE_BYTES];
    kw_status status = kw_machine_measure((kw_machine_cores() - 1) / kw_machine_threads() + 1, &m);
    if (status == KW_OK) status = kw_rates_measure_all(m.rates);
    if (status != KW_OK) return status;
    m.disk_bandwidth = kw_disk_measure(".");
    memcpy(rows, options, sizeof rows);
    for (int i = 0; i < NODE_ROWS; ++i) fill_in_node(&rows[i], room[i], &m);
    for (int p = 0; p < 2; ++p) {
        const int first = NODE_ROWS + p * RATE_ROWS;
        fill_in_rates(&rows[first], &room[first], &m.rates[p]);
    }
    fputs(heading, out);
    kw_config_template(rows, OPTIONS, out);
    return KW_OK;
}

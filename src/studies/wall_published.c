/* F5  The memory wall: published runs of other simulators, and what the same model says of them.
 *
 * Their passes and exchanges follow from what the code does per gate, and bandwidths are those of the machine file.  A
 * second prediction takes the bandwidths from the smallest runs of the series, which then are not counted. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "engine/predict.h"
#include "io/machine_file.h"
#include "models/training.h"
#include "studies/wall.h"

typedef struct {
    int qubits, ranks;
    double seconds;
} published_run;

/* What a code does, in trips of the state through memory, and per rank bit in exchanges of a share of it. */
typedef struct {
    const char *name, *machine; /* machine: name of its file */
    const char *circuit;
    int ranks_per_node;
    double (*passes)(int n);
    double exchanges, share;
    const published_run *runs;
    size_t count;
} series;

/* JUQCS: 11 gates on every qubit, each a trip; a gate on a rank bit exchanges half of the state. */
static double eleven_per_qubit(int n) { return 11 * n; }

/* QuEST's QFT: n H, n (n - 1) / 2 phases that touch half of the amplitudes (controls are checked on the fly), n / 2 SWAPs
 * that touch half; H and SWAP on a rank bit send the whole block. */
static double fourier(int n) {
    const int swaps = n / 2;
    return n + 0.25 * n * (n - 1) + 0.5 * swaps;
}

/* A layer of a quantum volume circuit on Aer: n / 2 unitaries on two qubits; every rank bit is brought in once, by a chunk
 * swap of half of the state.  Seconds are (those of 30 layers - those of 10) / 20, which leaves out the start. */
static double half_per_qubit(int n) {
    const int swaps = n / 2;
    return swaps;
}

/* Raw data of github FZJ-JSC/jubench-juqcs: weak scaling with 32 GiB per GPU. */
static const published_run juqcs[] = {{31, 1, 19.16},    {32, 2, 25.37},    {33, 4, 29.11},     {34, 8, 41.43},
                                      {35, 16, 53.49},   {36, 32, 65.04},   {37, 64, 76.27},    {38, 128, 90.75},
                                      {39, 256, 103.58}, {40, 512, 118.30}, {41, 1024, 144.21}, {42, 2048, 173.44}};

/* Raw data of github jjacobx/arb23 and jjacobx/quantum-bench (arXiv 2308.07402); one rank per node. */
static const published_run quest33[] = {{33, 1, 251},   {33, 2, 169},   {33, 4, 93},   {33, 8, 53.7},
                                        {33, 16, 31.4}, {33, 32, 17.3}, {33, 64, 9.7}, {33, 128, 5.1}};
static const published_run quest36[] = {{36, 16, 263.1}, {36, 32, 146.6}, {36, 64, 81.4}, {36, 128, 44.2}};

/* FiQCI, "44 qubits on LUMI", fiqci.fi, 2025-04-01; eight ranks per node. */
#define LAYERS(ten, thirty) (((thirty) - (ten)) / 20)
static const published_run aer[] = {
    {34, 8, LAYERS(17.7, 47.7)},      {35, 16, LAYERS(28.4, 63.2)},    {36, 32, LAYERS(31.7, 88.2)},
    {37, 64, LAYERS(32.8, 95.0)},     {38, 128, LAYERS(39.2, 106.8)},  {39, 256, LAYERS(46.1, 120.9)},
    {40, 512, LAYERS(48.9, 170.7)},   {41, 1024, LAYERS(63.7, 185.7)}, {42, 2048, LAYERS(97.1, 259.8)},
    {43, 4096, LAYERS(135.4, 420.2)}, {44, 8192, LAYERS(286.4, 649.9)}};

#define RUNS(list) list, sizeof(list) / sizeof *(list)
static const series all[] = {
    {"JUQCS, weak", "juwels-booster", "11 gates per qubit", 4, eleven_per_qubit, 11, 0.5, RUNS(juqcs)},
    {"QuEST, 33 qubits", "archer2", "QFT", 1, fourier, 2, 1, RUNS(quest33)},
    {"QuEST, 36 qubits", "archer2", "QFT", 1, fourier, 2, 1, RUNS(quest36)},
    {"Aer, weak", "lumi-g", "a layer of quantum volume", 8, half_per_qubit, 1, 0.5, RUNS(aer)},
};
enum { SERIES = sizeof all / sizeof *all };

/* ---- the model ---- */

typedef struct {
    double passes, near, far; /* seconds: trips through memory, exchanges within a node and between nodes */
    double bytes;             /* sent per rank */
} prediction;

static prediction predict(const series *s, const published_run *run, const kw_machine *machine) {
    kw_machine m = *machine;
    m.ranks_per_node = s->ranks_per_node;
    const int bits = kw_log2((uint64_t)run->ranks), per_node = kw_log2((uint64_t)s->ranks_per_node);
    const int near = bits < per_node ? bits : per_node, far = bits - near;
    const kw_predict_shape whole = {&m, run->qubits, run->ranks, 1, KW_DOUBLE};
    const kw_predict_shape node = {&m, run->qubits - far, 1 << near, 1, KW_DOUBLE};
    const double block = ldexp(16, run->qubits - bits), sent = s->exchanges * s->share * block;
    const kw_traffic near_traffic = {(uint64_t)(s->exchanges * near), (uint64_t)(sent * near)};
    const kw_traffic far_traffic = {(uint64_t)(s->exchanges * far), (uint64_t)(sent * far)};
    return (prediction){.passes = kw_predict_passes(&whole, 2 * s->passes(run->qubits), 0).compute,
                        .near = near ? kw_predict_traffic(&node, near_traffic).exchange : 0,
                        .far = far ? kw_predict_traffic(&whole, far_traffic).exchange : 0,
                        .bytes = sent * bits};
}

/* How much longer than at nominal bandwidths each of the three takes, from the smallest runs of the series that have it and
 * nothing that is not known yet; 1: no such run. */
typedef struct {
    double passes, near, far;
    bool used[32]; /* runs that it was taken from */
} calibration;

static void take(double *factor, double measured, double known, double nominal) {
    *factor = fmax(measured - known, 0) / nominal;
}

static calibration calibrate(const series *s, const kw_machine *machine) {
    calibration c = {.passes = 1, .near = 1, .far = 1};
    bool passes = false, near = false, far = false;
    for (size_t i = 0; i < s->count; ++i) {
        const prediction p = predict(s, &s->runs[i], machine);
        const double seconds = s->runs[i].seconds;
        c.used[i] = true;
        if (p.far > 0 && !far) take(&c.far, seconds, c.passes * p.passes + c.near * p.near, p.far), far = true;
        else if (!p.far && p.near > 0 && !near) take(&c.near, seconds, c.passes * p.passes, p.near), near = true;
        else if (!p.far && !p.near && !passes) take(&c.passes, seconds, 0, p.passes), passes = true;
        else c.used[i] = false;
    }
    return c;
}

/* ---- rows: of the series whose machines are described ---- */

typedef struct {
    size_t count;
    struct {
        const series *series;
        size_t run;
    } row[256];
    kw_machine machine[SERIES]; /* by series */
} list;

static void name_run(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    const list *l = context;
    const series *s = l->row[i].series;
    const published_run *run = &s->runs[l->row[i].run];
    snprintf(text, KW_SWEEP_NAME, "%s, %s, %s, %d qubits, %d ranks", KW_WALL_PUBLISHED, s->name, s->machine, run->qubits,
             run->ranks);
}

static kw_status measure_run(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const list *l = context;
    const series *s = l->row[i].series;
    const published_run *run = &s->runs[l->row[i].run];
    const kw_machine *machine = &l->machine[s - all];
    const prediction p = predict(s, run, machine);
    const calibration c = calibrate(s, machine);
    const double seconds = p.passes + p.near + p.far;
    (void)comm;
    *row = kw_wall_new_row(KW_WALL_PUBLISHED, s->circuit, s->name, s->machine, run->qubits);
    if (!*row) return kw_fail(KW_E_NOMEM, "no memory for a row");
    json_object_set_new(*row, "nodes", json_integer((run->ranks + s->ranks_per_node - 1) / s->ranks_per_node));
    kw_json_set(*row, "passes", s->passes(run->qubits));
    kw_json_set(*row, "exchanges", s->exchanges * kw_log2((uint64_t)run->ranks));
    kw_json_set(*row, "sent_bytes", p.bytes);
    kw_json_set(*row, "seconds", run->seconds);
    kw_json_set(*row, "predicted_seconds", seconds);
    kw_json_set(*row, "ratio", seconds / run->seconds);
    if (!c.used[l->row[i].run])
        kw_json_set(*row, "fitted_ratio", (c.passes * p.passes + c.near * p.near + c.far * p.far) / run->seconds);
    return KW_OK;
}

kw_status kw_wall_published(kw_sweep *sweep) {
    const char *const *paths;
    const size_t machines = kw_config_texts(kw_sweep_config(sweep), "study.machines", &paths);
    list l = {0};
    kw_status status = KW_OK;
    for (size_t k = 0; k < SERIES; ++k)
        for (size_t i = 0; i < machines && status == KW_OK; ++i) {
            char name[64];
            kw_wall_machine_name(paths[i], name, sizeof name);
            if (strcmp(name, all[k].machine) != 0) continue;
            status = kw_machine_read(paths[i], &l.machine[k]);
            for (size_t r = 0; r < all[k].count && status == KW_OK; ++r) {
                l.row[l.count].series = &all[k];
                l.row[l.count++].run = r;
            }
            break;
        }
    status = kw_comm_agree(kw_sweep_world(sweep), status);
    const kw_sweep_source source = {name_run, measure_run, &l};
    return status == KW_OK ? kw_sweep_rows(sweep, l.count, true, &source) : status;
}

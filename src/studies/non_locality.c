/* F5  Non-locality: how deep a decoder must be before both ends of a GHZ state depend on the latent qubit. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "baselines/site_decoder.h"
#include "models/qae_channel.h"
#include "studies/fit.h"
#include "studies/study.h"

/* clang-format off: one row per line */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/non-locality"),
    {"study.seeds", KW_OPTION_INT, "3", 1, 1000, NULL, "", "trainings of each: seeds run.seed, run.seed + 1, ..."},
    {"study.sites", KW_OPTION_INTS, "9", 3, 19, NULL, "", "lengths of the chain, odd"},
    {"study.channels", KW_OPTION_INT, "8", 1, 1024, NULL, "", "channels of the convolutions"},
    {"study.adam_steps", KW_OPTION_INT, "1000", 0, 1e9, NULL, "", "networks: steps of Adam"},
    {"study.learning_rate", KW_OPTION_REAL, "0.01", 0, 10, NULL, "", "networks: first rate of Adam"},
    {"study.lbfgs", KW_OPTION_INT, "300", 0, 1e9, NULL, "", "evaluations of L-BFGS, networks (behind Adam) and circuits"},
};
/* clang-format on */

/* X(KIND, "name"): what carries the latent qubit outwards */
#define DECODERS(X)                                                                                                         \
    X(CONV, "network, kernel 3")                                                                                            \
    X(DILATED, "network, kernel 3, dilated")                                                                                \
    X(GLOBAL, "network, one global layer")                                                                                  \
    X(LADDER, "circuit, ladder")                                                                                            \
    X(TREE, "circuit, tree")
#define DECODER_KIND(kind, name) kind,
typedef enum { DECODERS(DECODER_KIND) KINDS } decoder;
#define DECODER_NAME(kind, name) name,
static const char *const names[] = {DECODERS(DECODER_NAME)};

typedef struct {
    const kw_sweep *sweep;
    const kw_config *config;
    int64_t seeds;
    const int64_t *sites;
    size_t site_count;
} plan;

typedef struct {
    decoder kind;
    int sites, depth;
    uint64_t seed;
} place;

/* ---- which rows there are ---- */

static bool doubles(decoder kind) { return kind == DILATED || kind == TREE; }

/* Circuits reach as far as networks do. */
static int reach_of(decoder kind, int depth, int sites) {
    const kw_site_decoder_config config = {kind == GLOBAL  ? KW_SITE_DECODER_GLOBAL
                                           : doubles(kind) ? KW_SITE_DECODER_DILATED
                                                           : KW_SITE_DECODER_CONV,
                                           sites, depth, 1};
    return kw_site_decoder_reach(&config);
}

/* Until the ends are reached, and one more. */
static int depths_of(decoder kind, int sites) {
    int depth = 1;
    if (kind == GLOBAL) return 1;
    while (reach_of(kind, depth, sites) < sites / 2) ++depth;
    return kind == LADDER || kind == TREE ? depth : depth + 1;
}

/* Row i, in the order chain, decoder, depth, seed; false: there are fewer. */
static bool find(const plan *p, size_t i, place *out) {
    for (size_t c = 0; c < p->site_count; ++c)
        for (int kind = 0; kind < KINDS; ++kind) {
            const int sites = (int)p->sites[c];
            const size_t count = (size_t)depths_of((decoder)kind, sites) * (size_t)p->seeds;
            if (i < count) {
                *out = (place){(decoder)kind, sites, 1 + (int)(i / (size_t)p->seeds),
                               (uint64_t)kw_config_int(p->config, "run.seed") + i % (size_t)p->seeds};
                return true;
            }
            i -= count;
        }
    return false;
}

static void name_row(const void *context, size_t i, char text[KW_SWEEP_NAME]) {
    place at = {0};
    find(context, i, &at);
    snprintf(text, KW_SWEEP_NAME, "%s, %d sites, depth %d, seed %llu", names[at.kind], at.sites, at.depth,
             (unsigned long long)at.seed);
}

/* ---- circuits ---- */

/* Layers of a decoder, each onto sites that it reaches first, or, for the encoder that undoes it, backwards. */
static kw_status append_bond(kw_circuit *circuit, int control, int target, int *parameter) {
    const int both[2] = {control, target};
    kw_angle angles[3];
    kw_status status = KW_OK;
    for (int gate = 0; gate < 2 && status == KW_OK; ++gate) {
        for (int k = 0; k < 3; ++k) angles[k] = kw_angle_parameter((*parameter)++);
        status = gate ? kw_circuit_append(circuit, KW_GATE_U3, &target, 1, angles)
                      : kw_circuit_append(circuit, KW_GATE_CU3, both, 2, angles);
    }
    return status;
}

/* Encoder layer l undoes the decoder's: sites `step` further out are turned by those they got the qubit from. */
static kw_status append_layer(kw_circuit *circuit, bool doubling, int layer, int sites, int *parameter) {
    const int middle = sites / 2, step = doubling ? 1 << layer : 1;
    kw_status status = KW_OK;
    for (int from = doubling ? step - 1 : layer; from >= (doubling ? 0 : layer) && status == KW_OK; --from) {
        if (from + step > middle) continue;
        status = append_bond(circuit, middle + from, middle + from + step, parameter);
        if (status == KW_OK) status = append_bond(circuit, middle - from, middle - from - step, parameter);
    }
    return status;
}

static kw_status make_encoder(const place *at, kw_circuit **out) {
    kw_circuit *circuit = NULL;
    int parameter = 0;
    kw_status status = kw_circuit_create(at->sites, &circuit);
    for (int layer = at->depth - 1; layer >= 0 && status == KW_OK; --layer)
        status = append_layer(circuit, doubles(at->kind), layer, at->sites, &parameter);
    if (status == KW_OK) *out = circuit;
    else kw_circuit_destroy(&circuit);
    return status;
}

/* ---- rows ---- */

typedef struct {
    double fidelity, correlation, connected;
    size_t parameters;
} outcome;

static kw_status train_network(const plan *p, const place *at, outcome *out) {
    static const kw_site_decoder_kind kinds[] = {
        [CONV] = KW_SITE_DECODER_CONV, [DILATED] = KW_SITE_DECODER_DILATED, [GLOBAL] = KW_SITE_DECODER_GLOBAL};
    const kw_site_decoder_config config = {kinds[at->kind], at->sites, at->depth,
                                           (int)kw_config_int(p->config, "study.channels")};
    const kw_tape_training training = {(uint64_t)kw_config_int(p->config, "study.adam_steps"),
                                       (uint64_t)kw_config_int(p->config, "study.lbfgs"),
                                       kw_config_real(p->config, "study.learning_rate")};
    kw_site_decoder_result result;
    const kw_status status = kw_site_decoder_fit(&config, &training, at->seed, &result);
    if (status == KW_OK) *out = (outcome){result.fidelity, result.correlation, result.connected, result.parameters};
    return status;
}

/* The two members of the family's quadrature, phases 0 and pi. */
static kw_status pass_family(const place *at, const kw_circuit *encoder, const double *angles, outcome *out) {
    const int n = at->sites;
    const size_t last = ((size_t)1 << n) - 1;
    const uint64_t ends = kw_bit(0) | kw_bit(n - 1), trash = kw_bit(n) - 1 - kw_bit(n / 2);
    kw_qae_channel *channel = NULL;
    kw_complex *psi = calloc(last + 1, sizeof *psi);
    kw_status status =
        psi ? kw_qae_channel_create(encoder, angles, trash, &channel) : kw_fail(KW_E_NOMEM, "no memory for %d sites", n);
    for (int member = 0; member < 2 && status == KW_OK; ++member) {
        kw_qae_passage passage;
        psi[0] = sqrt(0.5);
        psi[last] = member ? -sqrt(0.5) : sqrt(0.5);
        status = kw_qae_channel_pass(channel, psi, ends, &passage);
        if (status != KW_OK) break;
        out->fidelity += passage.fidelity / 2;
        out->correlation += passage.correlation / 2;
        out->connected += (passage.correlation - passage.single[0] * passage.single[1]) / 2;
    }
    kw_qae_channel_destroy(&channel);
    free(psi);
    return status;
}

/* The latent qubit is the one in the middle. */
static void describe(const plan *p, const place *at, char *words, size_t bytes) {
    size_t length =
        (size_t)snprintf(words, bytes,
                         "run.seed=%llu data.family=ghz-phase data.sampling=quadrature data.qubits=%d "
                         "train.cost=local train.optimiser=lbfgs train.steps=%lld qae.trash=",
                         (unsigned long long)at->seed, at->sites, (long long)kw_config_int(p->config, "study.lbfgs"));
    for (int q = 0; q < at->sites; ++q)
        if (q != at->sites / 2) length += (size_t)snprintf(words + length, bytes - length, "%s%d", q ? "," : "", q);
}

static kw_status train_circuit(const plan *p, const place *at, kw_comm *comm, outcome *out) {
    char words[512];
    kw_circuit *encoder = NULL;
    kw_qae_fit_result result = {0};
    kw_status status = make_encoder(at, &encoder);
    describe(p, at, words, sizeof words);
    if (status == KW_OK) status = kw_study_fit(p->sweep, comm, words, &(kw_qae_fit_request){.encoder = encoder}, &result);
    if (status == KW_OK) status = pass_family(at, encoder, result.angles, out);
    if (status == KW_OK) out->parameters = result.n_angles;
    kw_qae_fit_free(&result);
    kw_circuit_destroy(&encoder);
    return status;
}

static kw_status measure(const void *context, size_t i, kw_comm *comm, json_t **row) {
    const plan *p = context;
    place at = {0};
    outcome got = {0};
    find(p, i, &at);
    const kw_status status = at.kind <= GLOBAL ? train_network(p, &at, &got) : train_circuit(p, &at, comm, &got);
    if (status != KW_OK) return status;
    const bool reached = reach_of(at.kind, at.depth, at.sites) >= at.sites / 2;
    json_t *told = json_pack("{s:i, s:s, s:i, s:I}", "sites", at.sites, "decoder", names[at.kind], "depth", at.depth, "seed",
                             (json_int_t)at.seed);
    if (!told) return kw_fail(KW_E_NOMEM, "no memory for a row");
    kw_json_set(told, "fidelity", got.fidelity);
    kw_json_set(told, "bound", reached ? 1.0 : 0.5);
    kw_json_set(told, "correlation", got.correlation);
    kw_json_set(told, "connected", got.connected);
    kw_json_set(told, "parameters", (double)got.parameters);
    *row = told;
    return KW_OK;
}

static kw_status run(kw_sweep *sweep) {
    plan p = {.sweep = sweep, .config = kw_sweep_config(sweep)};
    const kw_sweep_source source = {name_row, measure, &p};
    place at;
    size_t count = 0;
    p.seeds = kw_config_int(p.config, "study.seeds");
    p.site_count = kw_config_ints(p.config, "study.sites", &p.sites);
    for (size_t i = 0; i < p.site_count; ++i)
        if (p.sites[i] % 2 == 0)
            return kw_fail(KW_E_INPUT, "study.sites: %lld: expected odd lengths, which have a site in the middle",
                           (long long)p.sites[i]);
    while (find(&p, count, &at)) ++count;
    return kw_sweep_rows(sweep, count, true, &source);
}

/* ---- what follows ---- */

/* Least depth at which a decoder's best seed is within 1e-3 of 1, on the longest chain; 0: none. */
static int depth_that_works(const json_t *rows, const char *name, double sites) {
    int least = 0;
    size_t i;
    json_t *row;
    json_array_foreach((json_t *)rows, i, row) {
        const double depth = kw_study_number(row, "depth");
        if (!kw_study_is(row, "decoder", name) || kw_study_number(row, "sites") != sites) continue;
        if (kw_study_number(row, "fidelity") > 1 - 1e-3 && (!least || depth < least)) least = (int)depth;
    }
    return least;
}

static void conclude(const json_t *rows, json_t *findings) {
    char number[512];
    size_t i, length = 0;
    json_t *row;
    double sites = 0;
    json_array_foreach((json_t *)rows, i, row) sites = fmax(sites, kw_study_number(row, "sites"));
    length = (size_t)snprintf(number, sizeof number, "%.0f sites; depth of the best seed at which 1 - F < 1e-3:", sites);
    for (int kind = 0; kind < KINDS; ++kind) {
        const int depth = depth_that_works(rows, names[kind], sites);
        char text[16];
        snprintf(text, sizeof text, depth ? "%d" : "none", depth);
        length += (size_t)snprintf(number + length, sizeof number - length, "%s %s %s", kind ? ";" : "", names[kind], text);
    }
    const bool network = depth_that_works(rows, names[CONV], sites) || depth_that_works(rows, names[DILATED], sites)
                         || depth_that_works(rows, names[GLOBAL], sites);
    const bool shallow_circuit =
        depth_that_works(rows, names[LADDER], sites) == 1 || depth_that_works(rows, names[TREE], sites) == 1;
    kw_study_find_out(findings, "Classical networks are local and cannot hold global entanglement",
                      "GHZ family decoded from one latent qubit in the middle, fidelity against depth", number,
                      !network          ? "holds"
                      : shallow_circuit ? "holds only if the network is shallow and local"
                                        : "holds only if the network is shallow and local; so it does for circuits");
}

static const kw_study_field fields[] = {
    {"sites", "sites", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"decoder", "decoder", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"depth", "layers", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"parameters", "parameters", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"fidelity", "fidelity", KW_FIELD_VALUE, KW_FIELD_FIDELITY},
    {"bound", "exact bound", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"correlation", "<Z_first Z_last>", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"connected", "less the product", KW_FIELD_VALUE, KW_FIELD_NUMBER},
};

static const kw_study_figure figures[] = {
    {.name = "fidelity",
     .caption =
         "Fidelity of the decoded GHZ family against depth, and its exact bound: 1/2 as long as an end is out of reach",
     .x = "depth",
     .x_label = "layers",
     .y = "fidelity",
     .y_label = "fidelity",
     .series = "decoder",
     .panel = "sites",
     .bound = "bound",
     .bound_label = "exact bound"},
    {.name = "connected",
     .caption = "End-to-end correlation of the decoded states, less the product of the ends: 1 for GHZ, 0 for any product",
     .x = "depth",
     .x_label = "layers",
     .y = "connected",
     .y_label = "<Z Z> - <Z><Z>",
     .series = "decoder",
     .panel = "sites"},
};

const kw_study kw_study_non_locality = {
    .name = "non-locality",
    .title = "GHZ states from one latent qubit: fidelity against depth, networks on sites beside circuits",
    .question =
        "Are classical networks too local for entangled states?  One latent qubit is held in the middle of a chain; "
        "convolutions, plain and dilated, one global layer, and the gates of a quantum autoencoder, as a ladder of "
        "neighbours and as a tree, carry it outwards.  As long as a site is out of reach it stays a factor of the state, "
        "and no such state has a fidelity above 1/2 with GHZ: that bound holds for networks and circuits alike.  Networks "
        "are granted any encoder; each circuit's encoder undoes its decoder and is trained on the local cost.",
    KW_STUDY_TABLES,
    .section = "sites",
    .run = run,
    .conclude = conclude,
};

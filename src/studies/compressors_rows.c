/* F5  Rows of the study of compressors. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "studies/compressors.h"
#include "studies/fit.h"

typedef enum { BY_PCA, BY_NETWORK, BY_MPS, BY_CIRCUIT } way;

typedef struct {
    const char *name, *kind;
    way way;
    int number;
} method;

static const method classical[] = {
#define METHOD(identifier, name, kind, way, number) {name, kind, way, number},
    KW_CLASSICAL_LIST(METHOD)
#undef METHOD
};
enum { CLASSICAL = sizeof classical / sizeof *classical };

static const char *const family_names[] = {
#define NAME(identifier, name, text) name,
    KW_FAMILY_LIST(NAME)
#undef NAME
};
static const char *const ansatz_names[] = {
#define NAME(identifier, name, text) name,
    KW_ANSATZ_LIST(NAME)
#undef NAME
};
static const char *const cost_names[] = {"global", "local"};

/* One row to be. */
typedef struct {
    kw_family family;
    int depth; /* circuit; 0: the family has none */
    int qubits, latent;
    const method *method; /* NULL: a quantum autoencoder */
    int ansatz, layers, cost;
    uint64_t seed;
} item;

typedef struct {
    const kw_sweep *sweep;
    const kw_config *config;
    item *items;
    size_t count, capacity;
} list;

/* ---- what is asked for ---- */

static kw_status index_of(const char *key, const char *name, const char *const *names, int count, int *out) {
    char known[512] = "";
    size_t length = 0;
    for (int i = 0; i < count; ++i) {
        if (!strcmp(name, names[i])) {
            *out = i;
            return KW_OK;
        }
        if (length < sizeof known)
            length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", names[i]);
    }
    return kw_fail(KW_E_INPUT, "%s: '%s' is none of %s", key, name, known);
}

static kw_status add_item(list *l, item i) {
    if (l->count == l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 256;
        item *items = realloc(l->items, capacity * sizeof *items);
        if (!items) return kw_fail(KW_E_NOMEM, "no memory for %zu rows", capacity);
        l->items = items;
        l->capacity = capacity;
    }
    l->items[l->count++] = i;
    return KW_OK;
}

static kw_status add_seeds(list *l, item i) {
    const bool random = !i.method || i.method->way == BY_NETWORK;
    const int64_t seeds = random ? kw_config_int(l->config, "study.seeds") : 1;
    const uint64_t first = (uint64_t)kw_config_int(l->config, "run.seed");
    kw_status status = KW_OK;
    for (int64_t s = 0; s < seeds && status == KW_OK; ++s) {
        i.seed = first + (uint64_t)s;
        status = add_item(l, i);
    }
    return status;
}

static kw_status add_classical(list *l, item i) {
    const char *names[CLASSICAL];
    const char *const *wanted;
    const size_t count = kw_config_texts(l->config, "study.methods", &wanted);
    kw_status status = KW_OK;
    for (int m = 0; m < CLASSICAL; ++m) names[m] = classical[m].name;
    for (size_t k = 0; k < (count ? count : CLASSICAL) && status == KW_OK; ++k) {
        int m = (int)k;
        if (count && !strcmp(wanted[k], "none")) continue;
        if (count) status = index_of("study.methods", wanted[k], names, CLASSICAL, &m);
        i.method = &classical[m];
        if (status == KW_OK) status = add_seeds(l, i);
    }
    return status;
}

/* "hea", or "hea 8" with its own number of layers. */
static kw_status read_ansatz(const kw_config *config, const char *text, item *i) {
    char name[64];
    int layers = (int)kw_config_int(config, "qae.layers"), end = 0;
    const int found = sscanf(text, "%63s %d%n", name, &layers, &end);
    if (found < 1 || (found == 2 ? text[end] != '\0' : strcmp(text, name) != 0) || layers < 1 || layers > 1000)
        return kw_fail(KW_E_INPUT, "study.ansatze: '%s': expected a name, or a name and a number of layers, 1..1000", text);
    i->layers = layers;
    return index_of("study.ansatze", name, ansatz_names, KW_ANSATZ_KINDS, &i->ansatz);
}

static kw_status add_quantum(list *l, item i) {
    const char *const *ansatze, *const *costs;
    const size_t circuits = kw_config_texts(l->config, "study.ansatze", &ansatze);
    const size_t cost_count = kw_config_texts(l->config, "study.costs", &costs);
    kw_status status = KW_OK;
    i.method = NULL;
    for (size_t a = 0; a < circuits && status == KW_OK; ++a) {
        if (!strcmp(ansatze[a], "none")) continue;
        status = read_ansatz(l->config, ansatze[a], &i);
        for (size_t c = 0; c < cost_count && status == KW_OK; ++c) {
            status = index_of("study.costs", costs[c], cost_names, 2, &i.cost);
            if (status == KW_OK) status = add_seeds(l, i);
        }
    }
    return status;
}

static kw_status add_sizes(list *l, item i) {
    const int64_t *qubits, *latents;
    const size_t sizes = kw_config_ints(l->config, "study.qubits", &qubits);
    const size_t count = kw_config_ints(l->config, "study.latents", &latents);
    const int64_t chunk = kw_config_int(l->config, "network.chunk");
    kw_status status = KW_OK;
    for (size_t q = 0; q < sizes && status == KW_OK; ++q) {
        if (chunk & (chunk - 1) || chunk > (int64_t)1 << qubits[q])
            return kw_fail(KW_E_INPUT, "network.chunk = %lld: expected a power of two, at most 2^%d of study.qubits",
                           (long long)chunk, (int)qubits[q]);
        for (size_t k = 0; k < count && status == KW_OK; ++k) {
            if (latents[k] >= qubits[q])
                return kw_fail(KW_E_INPUT, "study.latents: %d latent qubits for states of %d: expected fewer",
                               (int)latents[k], (int)qubits[q]);
            i.qubits = (int)qubits[q];
            i.latent = (int)latents[k];
            status = add_classical(l, i);
            if (status == KW_OK) status = add_quantum(l, i);
        }
    }
    return status;
}

static kw_status check(const kw_config *config) {
    const char *const ranges[] = {"data.field_range", "data.anisotropy_range"};
    const int64_t members = kw_config_int(config, "study.members"), test = kw_config_int(config, "study.test_members");
    for (int r = 0; r < 2; ++r) {
        const double *range;
        if (kw_config_reals(config, ranges[r], &range) != 2 || range[0] > range[1])
            return kw_fail(KW_E_INPUT, "%s: expected two numbers, the lower one first", ranges[r]);
    }
    if (test >= members)
        return kw_fail(KW_E_INPUT, "study.test_members = %lld: expected less than study.members = %lld", (long long)test,
                       (long long)members);
    return KW_OK;
}

static kw_status list_items(list *l) {
    const char *const *families;
    const int64_t *depths;
    const size_t count = kw_config_texts(l->config, "study.families", &families);
    const size_t depth_count = kw_config_ints(l->config, "study.depths", &depths);
    kw_status status = check(l->config);
    for (size_t f = 0; f < count && status == KW_OK; ++f) {
        item i = {0};
        int family = 0;
        status = index_of("study.families", families[f], family_names, KW_FAMILY_FILES, &family);
        i.family = (kw_family)family;
        if (status == KW_OK && i.family != KW_FAMILY_CIRCUIT) status = add_sizes(l, i);
        for (size_t d = 0; d < depth_count && i.family == KW_FAMILY_CIRCUIT && status == KW_OK; ++d) {
            i.depth = (int)depths[d];
            status = add_sizes(l, i);
        }
    }
    return status;
}

/* ---- names ---- */

static void family_of(const item *i, char *text, size_t bytes) {
    if (i->depth) snprintf(text, bytes, "%s, depth %d", family_names[i->family], i->depth);
    else snprintf(text, bytes, "%s", family_names[i->family]);
}

static void method_of(const item *i, char *text, size_t bytes) {
    if (i->method) snprintf(text, bytes, "%s", i->method->name);
    else snprintf(text, bytes, "qae %s %d %s", ansatz_names[i->ansatz], i->layers, cost_names[i->cost]);
}

static void name_row(const void *context, size_t number, char text[KW_SWEEP_NAME]) {
    const item *i = &((const list *)context)->items[number];
    char family[64], name[64];
    family_of(i, family, sizeof family);
    method_of(i, name, sizeof name);
    snprintf(text, KW_SWEEP_NAME, "%s, %d qubits to %d, %s, seed %llu", family, i->qubits, i->latent, name,
             (unsigned long long)i->seed);
}

/* ---- the configuration of the autoencoder, whose states are everybody's ---- */

/* In words for kw_study_configure.  States follow run.seed, not the seed of a training. */
static void describe(const kw_config *study, const item *i, char *words, size_t bytes) {
    const double *range;
    kw_config_reals(study, i->family == KW_FAMILY_TFIM ? "data.field_range" : "data.anisotropy_range", &range);
    const size_t length = (size_t)snprintf(
        words, bytes,
        "run.seed=%lld data.family=%s data.qubits=%d data.members=%lld data.test_members=%lld data.sampling=random "
        "data.weight=%lld data.coupling_min=%.17g data.coupling_max=%.17g data.scramble_layers=%d data.sites_x=%d "
        "qae.latent=%d "
        "train.optimiser=%s train.steps=%lld train.learning_rate=%.17g",
        (long long)kw_config_int(study, "run.seed"), family_names[i->family], i->qubits,
        (long long)kw_config_int(study, "study.members"), (long long)kw_config_int(study, "study.test_members"),
        (long long)kw_config_int(study, "data.weight"), range[0], range[1], i->depth ? i->depth : 4, i->qubits / 2,
        i->latent, kw_config_text(study, "qae.optimiser"), (long long)kw_config_int(study, "qae.steps"),
        kw_config_real(study, "qae.rate"));
    if (!i->method)
        snprintf(words + length, bytes - length, " ansatz.name=%s ansatz.layers=%d train.cost=%s", ansatz_names[i->ansatz],
                 i->layers, cost_names[i->cost]);
}

/* ---- measuring ---- */

static kw_autoencoder_config network_of(const kw_config *c, const item *i) {
    const kw_autoencoder_kind kind = (kw_autoencoder_kind)i->method->number;
    const bool convolves = kind == KW_AUTOENCODER_CONV || kind == KW_AUTOENCODER_DILATED;
    const int layers = (int)kw_config_int(c, convolves ? "network.convolutions" : "network.layers");
    return (kw_autoencoder_config){.kind = kind,
                                   .n_qubits = i->qubits,
                                   .latent = i->latent,
                                   .width = (int)kw_config_int(c, convolves ? "network.channels" : "network.width"),
                                   .layers = convolves && layers > i->qubits ? i->qubits : layers,
                                   .chunk = (int)kw_config_int(c, "network.chunk"),
                                   .activation = (kw_activation)kw_config_choice(c, "network.activation")};
}

static kw_status measure_classical(const kw_config *c, const item *i, const kw_vectors *v, json_t *row) {
    kw_compression r = {.test_error = NAN,
                        .train = NAN,
                        .test = NAN,
                        .parameters = NAN,
                        .model_bytes = NAN,
                        .state_bytes = NAN,
                        .training_bytes = NAN,
                        .seconds = NAN,
                        .bond = 0};
    kw_status status = KW_OK;
    if (i->method->way == BY_PCA) status = kw_compress_pca(v, i->latent, &r);
    if (i->method->way == BY_NETWORK) {
        const kw_autoencoder_config network = network_of(c, i);
        const kw_autoencoder_training training = {.adam_steps = (uint64_t)kw_config_int(c, "network.steps"),
                                                  .lbfgs_evaluations = (uint64_t)kw_config_int(c, "network.evaluations"),
                                                  .learning_rate = kw_config_real(c, "network.rate")};
        status = kw_compress_network(v, &network, &training, i->seed, &r);
    }
    if (i->method->way == BY_MPS) {
        const int bond = i->method->number ? i->method->number : kw_mps_bond_within(i->qubits, (uint64_t)1 << i->latent);
        if (bond) status = kw_compress_mps(v, bond, &r);
    }
    kw_json_set(row, "train_fidelity", r.train);
    kw_json_set(row, "test_fidelity", r.test);
    kw_json_set(row, "test_error", r.test_error);
    kw_json_set(row, "parameters", r.parameters);
    kw_json_set(row, "model_bytes", r.model_bytes);
    kw_json_set(row, "state_bytes", r.state_bytes);
    kw_json_set(row, "training_bytes", r.training_bytes);
    kw_json_set(row, "seconds", r.seconds);
    kw_json_set(row, "bond", r.bond);
    return status;
}

/* The states and their split follow the study's seed, the start angles (p) that of the row; the caller frees them. */
static kw_status start_angles(const item *i, const kw_qae_config *config, double **out) {
    kw_training_config training = config->training;
    kw_circuit *circuit = NULL;
    kw_status status = kw_training_ansatz(&training, i->qubits, &circuit);
    if (status != KW_OK) return status;
    const size_t p = (size_t)kw_circuit_parameters(circuit);
    double *theta = calloc(p + 1, sizeof *theta);
    kw_circuit_destroy(&circuit);
    if (!theta) return kw_fail(KW_E_NOMEM, "no memory for %zu angles", p);
    training.seed = i->seed;
    kw_training_start_angles(&training, p, theta);
    *out = theta;
    return KW_OK;
}

/* The optimum of the states that the others saw shows whether they are the same. */
static kw_status measure_quantum(const item *i, const kw_qae_config *config, double optimum, kw_comm *comm, json_t *row) {
    kw_qae_fit_result r;
    double *start = NULL;
    kw_status status = start_angles(i, config, &start);
    if (status == KW_OK) status = kw_qae_fit_with(comm, config, &(kw_qae_fit_request){.start = start}, &r);
    free(start);
    if (status == KW_OK && fabs(r.train_bound.optimum - optimum) > 1e-9) {
        status = kw_fail(KW_E_INTERNAL, "the optimum of the quantum autoencoder's states is %.12f, of the others' %.12f",
                         r.train_bound.optimum, optimum);
        kw_qae_fit_free(&r);
    }
    if (status != KW_OK) return status;
    kw_json_set(row, "train_fidelity", r.train.reconstruction);
    kw_json_set(row, "test_fidelity", r.n_test ? r.test.reconstruction : NAN);
    kw_json_set(row, "trash_fidelity", r.train.fidelity);
    kw_json_set(row, "test_trash_fidelity", r.n_test ? r.test.fidelity : NAN);
    kw_json_set(row, "parameters", (double)r.n_angles);
    kw_json_set(row, "model_bytes", 8 * (double)r.n_angles);
    kw_json_set(row, "state_bytes", 16 * exp2(i->latent));
    kw_json_set(row, "training_bytes", (double)r.peak_bytes);
    kw_json_set(row, "seconds", r.seconds);
    kw_qae_fit_free(&r);
    return KW_OK;
}

static kw_status fill(const kw_config *study, const item *i, const kw_qae_config *config, kw_comm *comm, json_t *row) {
    char family[64], name[64];
    kw_vectors v;
    double optimum, constant;
    family_of(i, family, sizeof family);
    method_of(i, name, sizeof name);
    kw_status status = kw_vectors_make(config, &v);
    if (status != KW_OK) return status;
    status = kw_compression_bounds(&v, i->latent, &optimum, &constant);
    if (status == KW_OK) {
        json_object_set_new(row, "family", json_string(family));
        if (i->depth) json_object_set_new(row, "depth", json_integer(i->depth));
        json_object_set_new(row, "qubits", json_integer(i->qubits));
        json_object_set_new(row, "latent", json_integer(i->latent));
        const char *kind = i->method ? i->method->kind : "quantum";
        json_object_set_new(row, "kind", json_string(kind));
        json_object_set_new(row, "size", json_sprintf("%d qubits to %d", i->qubits, i->latent)); /* panels of figures */
        json_object_set_new(row, "kind_size", json_sprintf("%s, %d qubits to %d", kind, i->qubits, i->latent));
        json_object_set_new(row, "method", json_string(name));
        json_object_set_new(row, "seed", json_integer((json_int_t)i->seed));
        kw_json_set(row, "optimum", optimum);
        kw_json_set(row, "constant", constant);
        if (i->method) status = measure_classical(study, i, &v, row);
    }
    kw_vectors_free(&v);
    if (status == KW_OK && !i->method) status = measure_quantum(i, config, optimum, comm, row);
    return status;
}

static kw_status measure(const void *context, size_t number, kw_comm *comm, json_t **out) {
    const list *l = context;
    const item *i = &l->items[number];
    char words[1024];
    kw_config *source = NULL;
    kw_qae_config config;
    json_t *row = json_object();
    kw_status status = row ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a row");
    describe(l->config, i, words, sizeof words);
    if (status == KW_OK) status = kw_study_configure(l->sweep, words, &source, &config);
    if (status == KW_OK) status = fill(l->config, i, &config, comm, row);
    if (status == KW_OK) *out = row;
    else json_decref(row);
    kw_config_destroy(&source);
    return status;
}

kw_status kw_compressors_run(kw_sweep *sweep) {
    list l = {.sweep = sweep, .config = kw_sweep_config(sweep)};
    const kw_sweep_source source = {name_row, measure, &l};
    kw_status status = kw_comm_agree(kw_sweep_world(sweep), list_items(&l));
    if (status == KW_OK) status = kw_sweep_rows(sweep, l.count, true, &source);
    free(l.items);
    return status;
}

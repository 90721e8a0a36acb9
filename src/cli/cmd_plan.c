/* F6  ketwall plan: memory and exchanges of a run, before it runs.  Never starts MPI. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/plan_circuit.h"
#include "cli/request.h"
#include "io/machine_file.h"
#include "models/qae.h"
#include "models/qae_seconds.h"

static const kw_argument arguments[] = {
    {"--qubits", NULL, KW_ARGUMENT_VALUE, "N", "plan an ansatz circuit instead of a configuration"},
    {"--ansatz", NULL, KW_ARGUMENT_VALUE, "NAME", "with --qubits: the ansatz (default: hea)"},
    {"--layers", NULL, KW_ARGUMENT_VALUE, "L", "with --qubits: its layers (default: 1)"},
    KW_PRECISION_ARGUMENT("of a circuit: "),
    KW_ROUNDING_ARGUMENTS("of a circuit: "),
    {"--shots", NULL, KW_ARGUMENT_VALUE, "N", "of a circuit: as for run"},
    {"--observable", NULL, KW_ARGUMENT_REPEATED, "\"Z0 Z1\"|@FILE", "of a circuit: as for run"},
    {"--amplitudes", NULL, KW_ARGUMENT_VALUE, "0,5,7|all", "of a circuit: as for run"},
    {"--gradient", NULL, KW_ARGUMENT_FLAG, NULL,
     "of a circuit: an adjoint gradient instead of one execution; every angle of CIRCUIT.qasm is trained"},
    {"--ranks", NULL, KW_ARGUMENT_VALUE, "R", "ranks (default: 1), a power of two for all but train configurations"},
    {"--memory-per-rank", NULL, KW_ARGUMENT_VALUE, "BYTES", "such as 96GiB (default: the node's memory / ranks on it)"},
    {"--machine", NULL, KW_ARGUMENT_VALUE, "FILE",
     "predict seconds for the machine that an INI file describes (`ketwall config template machine`)"},
    {"-p", NULL, KW_ARGUMENT_REPEATED, "section.key=value", "overrides a key of the configuration"},
    {"--verbose", NULL, KW_ARGUMENT_FLAG, NULL, "print stages, exchanges, passes, and where the qubits of every gate are"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the plan as JSON"},
};

static const kw_syntax syntax = {
    .verb = "plan",
    .usage = "CIRCUIT.qasm | CONFIG.ini [-p section.key=value]... | --qubits N [--ansatz NAME --layers L]   [--ranks R] "
             "[--memory-per-rank BYTES] [--machine FILE]",
    .summary =
        "Predicts memory per rank, exchanges and bytes sent per rank, exactly as the run will count them, and says\n"
        "whether it fits.  The exit code is 0 either way.  Of circuits with if, or resets of qubits in rank bits, which\n"
        "decide as they go, exchanges and bytes are upper bounds (\"exact\": false).\n"
        "Seconds are a prediction: the plan's work at rates that the kernels reach on one core, its bytes at the "
        "bandwidths\n"
        "of memory and network.  Rates and bandwidths come from FILE, else they are measured here in half a second; expect\n"
        "a factor of 1.5, more where others use the machine.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 0,
    .positional_max = 1,
    .example = "ketwall plan --qubits 36 --layers 20 --ranks 64 --memory-per-rank 96GiB",
};

void kw_plan_print_need(const char *name, const kw_need *need, bool known) {
    if (known)
        printf("  %-22s %8" PRIu64 " exchanges %14.6f GiB sent %12.6f GiB held\n", name, need->exchanges,
               kw_gib(need->bytes_exchanged), kw_gib(need->peak_bytes));
    else printf("  %-22s not known beforehand            %26.6f GiB held\n", name, kw_gib(need->peak_bytes));
}

static void print_forecast(const kw_qae_config *config, const kw_qae_forecast *f) {
    printf("autoencoder: %d qubits to %d, %d training and %d test states, %zu gates, %d angles, %" PRIu64 " steps\n",
           config->data.n_qubits, config->data.n_qubits - config->n_trash, f->train, f->test, f->gates, f->parameters,
           f->steps);
    printf("grid:        %d ranks = %d replicas x %d per state; members %s\n", f->ranks, f->replicas, f->ranks_per_state,
           f->keep ? "kept in memory" : "made anew for every evaluation");
    if (config->circuits > 1)
        printf("gradient:    by parameter shift, %" PRIu64 " circuits for every state\n", config->circuits);
    if (f->copies) printf("copies:      %" PRIu64 " of states are measured in the whole run\n", f->copies);
    printf("per rank:\n");
    kw_plan_print_need("making the members", &f->setup, f->setup_known);
    kw_plan_print_need("one cost evaluation", &f->value, f->use_known);
    kw_plan_print_need("one gradient", &f->gradient, f->use_known);
    kw_plan_print_need("one report", &f->evaluation, f->use_known);
    kw_plan_print_need("whole run", &f->run, f->run_known);
    printf("fits: %s (%.6f of %.6f GiB per rank)\n", f->fits ? "true" : "false", kw_gib(f->run.peak_bytes),
           kw_gib(f->memory_per_rank));
}

/* The smallest rank count at which the run fits with this memory per rank; 0: none up to 65536. */
static int ranks_that_fit(const kw_qae_config *config, uint64_t memory) {
    for (int ranks = 1; ranks <= 65536; ranks *= 2) {
        kw_qae_config copy = *config;
        kw_qae_forecast forecast;
        if (kw_qae_foretell(&copy, ranks, memory, &forecast) == KW_OK && forecast.fits) return ranks;
    }
    return 0;
}

static kw_status print_encoder(const kw_qae_config *config, const kw_qae_forecast *forecast) {
    kw_circuit *encoder = NULL;
    const kw_status status = kw_training_ansatz(&config->training, config->data.n_qubits, &encoder);
    return kw_plan_print_circuit(status, encoder, forecast->ranks_per_state);
}

static void print_seconds(const kw_plan_request *r, const kw_qae_seconds *s) {
    const double all[] = {s->value, s->gradient, s->evaluation, s->setup, s->training};
    static const char *const names[] = {"one cost evaluation", "one gradient", "one report", "making the members",
                                        "training"};
    printf("predicted on ");
    kw_plan_print_machine(r);
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        if (isfinite(all[i])) printf("  %-22s %8.3g s\n", names[i], all[i]);
        else printf("  %-22s not known beforehand\n", names[i]);
}

typedef struct {
    const kw_qae_config *config; /* as it was given */
    const kw_qae_forecast *forecast;
} trial;

static bool fits(const void *context, kw_precision precision) {
    const trial *t = context;
    kw_qae_config config = *t->config;
    kw_qae_forecast found;
    config.training.precision = precision;
    return kw_qae_foretell(&config, t->forecast->ranks, t->forecast->memory_per_rank, &found) == KW_OK && found.fits;
}

static json_t *json_of(const kw_plan_request *r, const kw_qae_config *config, const kw_qae_forecast *forecast,
                       const kw_qae_seconds *seconds) {
    json_t *object = kw_qae_forecast_json(config, forecast);
    if (!object) return NULL;
    kw_qae_seconds_json(seconds, object);
    kw_plan_machine_json(r, object);
    return object;
}

static kw_status plan_qae(kw_plan_request *r, const kw_config *source) {
    kw_qae_config config = {0};
    kw_qae_forecast forecast;
    kw_qae_seconds seconds;
    kw_status status = kw_qae_config_parse(source, &config);
    const kw_qae_config before = config; /* foretelling fills in what was left open */
    const uint64_t given =
        status == KW_OK && !kw_words_value(r->words, "--memory-per-rank") ? config.training.memory_per_rank : 0;
    if (status == KW_OK) status = kw_qae_foretell(&config, r->ranks, given ? given : r->memory, &forecast);
    if (status == KW_OK) status = kw_plan_measure(r, config.training.precision);
    if (status == KW_OK) status = kw_qae_predict(&config, &forecast, &r->machine, &seconds);
    if (status != KW_OK) return status;
    const trial t = {&before, &forecast};
    const kw_plan_storage storage =
        kw_plan_storage_of(&config.training, forecast.fits, fits, &t, forecast.rounding, forecast.infidelity);
    bool print;
    status = kw_plan_write_learned(r, json_of(r, &config, &forecast, &seconds), &storage, &print);
    if (status == KW_OK && print) {
        print_forecast(&config, &forecast);
        kw_plan_print_storage(&storage, "run.precision = ");
        print_seconds(r, &seconds);
        const int enough = forecast.fits ? 0 : ranks_that_fit(&before, forecast.memory_per_rank);
        if (enough) printf("it would fit on %d ranks\n", enough);
        if (kw_words_flag(r->words, "--verbose")) status = print_encoder(&config, &forecast);
    }
    return status;
}

static kw_status plan_config(kw_plan_request *r, const char *path) {
    const kw_system *system = NULL;
    kw_config *source = NULL;
    kw_status status = kw_system_detect(r->words, path, &system);
    if (status == KW_OK) status = kw_configure(r->words, system, path, &source);
    if (status == KW_OK) status = kw_config_complete(source);
    if (status == KW_OK && !strcmp(system->verb, "vqe")) status = kw_plan_vqe(r, source);
    else if (status == KW_OK && !strcmp(system->verb, "train")) status = kw_plan_train(r, source);
    else if (status == KW_OK) status = plan_qae(r, source);
    kw_config_destroy(&source);
    return status;
}

/* The machine, and what a rank may use of it. */
static kw_status read_machine(kw_plan_request *r) {
    const char *memory = kw_words_value(r->words, "--memory-per-rank");
    kw_status status = KW_OK;
    r->memory = kw_memory_available() / (uint64_t)r->ranks;
    if (r->file) {
        status = kw_machine_read(r->file, &r->machine);
        if (status != KW_OK) return status;
        const kw_machine *m = &r->machine;
        if ((int64_t)r->ranks > (int64_t)m->nodes * m->ranks_per_node)
            return kw_fail(KW_E_ARG,
                           "--ranks %d: %s has %d nodes of %d ranks, %" PRId64
                           " in all: use fewer, or raise machine.nodes or "
                           "machine.ranks_per_node",
                           r->ranks, r->file, m->nodes, m->ranks_per_node, (int64_t)m->nodes * m->ranks_per_node);
        r->memory = m->memory_per_node / (uint64_t)m->ranks_per_node;
    }
    if (memory) status = kw_read_bytes("--memory-per-rank", memory, &r->memory);
    return status;
}

static kw_status plan(const kw_words *words) {
    const char *const *path;
    const size_t count = kw_words_positional(words, &path);
    const bool has_qubits = kw_words_value(words, "--qubits");
    kw_plan_request r = {.words = words, .file = kw_words_value(words, "--machine")};
    int64_t ranks = 1;
    if (has_qubits == (count == 1))
        return kw_fail(KW_E_ARG, "ketwall plan takes one of CIRCUIT.qasm, CONFIG.ini and --qubits N");
    kw_status status = kw_words_integer(words, "--ranks", 1, 65536, 1, &ranks);
    r.ranks = (int)ranks;
    if (status == KW_OK) status = read_machine(&r);
    if (status != KW_OK) return status;
    if (has_qubits) return kw_plan_ansatz(&r);
    const size_t length = strlen(path[0]);
    return length > 5 && !strcmp(path[0] + length - 5, ".qasm") ? kw_plan_program(&r, path[0]) : plan_config(&r, path[0]);
}

int kw_cmd_plan(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_words_create(&syntax, cli->argc, cli->argv, &words);
    if (status == KW_OK && kw_words_help(words)) kw_syntax_print(&syntax);
    else if (status == KW_OK) status = plan(words);
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}

/* F6  ketwall plan: memory and exchanges of a run, before it runs.  Never starts MPI. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/plan_circuit.h"
#include "models/qae.h"

static const kw_argument arguments[] = {
    {"--qubits", NULL, KW_ARGUMENT_VALUE, "N", "plan an ansatz circuit instead of a configuration"},
    {"--ansatz", NULL, KW_ARGUMENT_VALUE, "NAME", "with --qubits: the ansatz (default: hea)"},
    {"--layers", NULL, KW_ARGUMENT_VALUE, "L", "with --qubits: its layers (default: 1)"},
    {"--precision", NULL, KW_ARGUMENT_VALUE, "double|single", "of a circuit (default: double)"},
    {"--shots", NULL, KW_ARGUMENT_VALUE, "N", "with CIRCUIT.qasm: as for run"},
    {"--observable", NULL, KW_ARGUMENT_REPEATED, "\"Z0 Z1\"", "with CIRCUIT.qasm: as for run"},
    {"--gradient", NULL, KW_ARGUMENT_FLAG, NULL, "with --qubits: an adjoint gradient instead of one execution"},
    {"--ranks", NULL, KW_ARGUMENT_VALUE, "R", "ranks, a power of two (default: 1)"},
    {"--memory-per-rank", NULL, KW_ARGUMENT_VALUE, "BYTES", "such as 96GiB (default: this node's memory / ranks)"},
    {"-p", NULL, KW_ARGUMENT_REPEATED, "section.key=value", "overrides a key of the configuration"},
    {"--verbose", NULL, KW_ARGUMENT_FLAG, NULL, "print stages, exchanges and positions of the circuit"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write the plan as JSON"},
};

static const kw_syntax syntax = {
    .verb = "plan",
    .usage = "CIRCUIT.qasm | CONFIG.ini [-p section.key=value]... | --qubits N [--ansatz NAME --layers L]   [--ranks R] "
             "[--memory-per-rank "
             "BYTES]",
    .summary = "Predicts memory per rank, exchanges and bytes sent per rank, exactly as the run will count them, and says\n"
               "whether it fits.  The exit code is 0 either way.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 0,
    .positional_max = 1,
    .example = "ketwall plan --qubits 36 --layers 20 --ranks 64 --memory-per-rank 96GiB",
};

static void print_need(const char *name, const kw_qae_need *need, bool known) {
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
    printf("per rank:\n");
    print_need("making the members", &f->setup, f->setup_known);
    print_need("one cost evaluation", &f->value, f->use_known);
    print_need("one gradient", &f->gradient, f->use_known);
    print_need("one report", &f->evaluation, f->use_known);
    print_need("whole run", &f->run, f->run_known);
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
    kw_plan *plan = NULL;
    kw_status status = kw_training_ansatz(&config->training, config->data.n_qubits, &encoder);
    if (status == KW_OK) status = kw_plan_create(encoder, forecast->ranks_per_state, &plan);
    if (status == KW_OK) kw_plan_print(plan, stdout);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&encoder);
    return status;
}

static kw_status plan_qae(const kw_plan_request *r, const kw_config *source) {
    kw_qae_config config = {0};
    kw_qae_forecast forecast;
    kw_status status = kw_qae_config_parse(source, &config);
    const kw_qae_config before = config; /* foretelling fills in what was left open */
    const uint64_t given =
        status == KW_OK && !kw_words_value(r->words, "--memory-per-rank") ? config.training.memory_per_rank : 0;
    if (status == KW_OK) status = kw_qae_foretell(&config, r->ranks, given ? given : r->memory, &forecast);
    const char *json = kw_words_value(r->words, "--json");
    if (status == KW_OK && json) status = kw_cli_write_json(kw_qae_forecast_json(&config, &forecast), json);
    if (status == KW_OK && (!json || strcmp(json, "-") != 0)) {
        print_forecast(&config, &forecast);
        const int enough = forecast.fits ? 0 : ranks_that_fit(&before, forecast.memory_per_rank);
        if (enough) printf("it would fit on %d ranks\n", enough);
        if (kw_words_flag(r->words, "--verbose")) status = print_encoder(&config, &forecast);
    }
    return status;
}

static kw_status plan_config(const kw_plan_request *r, const char *path) {
    const kw_system *system = NULL;
    kw_config *source = NULL;
    kw_status status = kw_system_detect(r->words, path, &system);
    if (status == KW_OK) status = kw_configure(r->words, system, path, &source);
    if (status == KW_OK) status = kw_config_complete(source);
    if (status == KW_OK) status = !strcmp(system->verb, "vqe") ? kw_plan_vqe(r, source) : plan_qae(r, source);
    kw_config_destroy(&source);
    return status;
}

static kw_status plan(const kw_words *words) {
    const char *const *path;
    const size_t count = kw_words_positional(words, &path);
    const bool has_qubits = kw_words_value(words, "--qubits");
    const char *memory = kw_words_value(words, "--memory-per-rank");
    kw_plan_request r = {.words = words};
    int64_t ranks = 1;
    if (has_qubits == (count == 1))
        return kw_fail(KW_E_ARG, "ketwall plan takes one of CIRCUIT.qasm, CONFIG.ini and --qubits N");
    kw_status status = kw_words_integer(words, "--ranks", 1, 65536, 1, &ranks);
    r.ranks = (int)ranks;
    r.memory = kw_memory_available() / (uint64_t)ranks;
    if (status == KW_OK && memory) status = kw_read_bytes("--memory-per-rank", memory, &r.memory);
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

/* F6  ketwall run: a circuit from an OpenQASM file. */
#include <complex.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/configure.h"
#include "cli/launch.h"
#include "cli/request.h"
#include "io/provenance.h"
#include "ketwall/memory.h"
#include "models/infidelity.h"
#include "models/noise_config.h"

#define NEGLIGIBLE 1e-15 /* probabilities that are not shown */

static const kw_argument arguments[] = {
    {"--shots", NULL, KW_ARGUMENT_VALUE, "N", "measurements to sample, or trajectories of a noisy circuit (default: none)"},
    {"--seed", NULL, KW_ARGUMENT_VALUE, "S", "seed of the shots (default: 1); the same counts on any number of ranks"},
    KW_PRECISION_ARGUMENT(""),
    KW_ROUNDING_ARGUMENTS(""),
    {"--observable", NULL, KW_ARGUMENT_REPEATED, "\"Z0 Z1\"|@FILE",
     "expectation of a Pauli string, or of a Pauli sum: @FILE"},
    {"--noise", NULL, KW_ARGUMENT_VALUE, "NOISE.ini", "errors after every gate, readout errors (section [noise])"},
    {"--amplitudes", NULL, KW_ARGUMENT_VALUE, "0,5,7|all", "amplitudes of basis states, before the final measurements"},
    {"--probabilities", NULL, KW_ARGUMENT_VALUE, "0,3,5",
     "exact probabilities (above 1e-15) of these qubits, at most 20, before the final measurements; highest qubit first"},
    {"--save-state", NULL, KW_ARGUMENT_VALUE, "FILE.h5", "write the final state"},
    {"--dir", NULL, KW_ARGUMENT_VALUE, "DIR",
     "checkpoints, in mid-circuit and between shots; SIGUSR1, SIGTERM, SIGINT, a file DIR/stop end the run with one (exit "
     "75)"},
    {"--resume", NULL, KW_ARGUMENT_VALUE, "FILE|auto",
     "go on from a checkpoint, on any number of ranks; auto: the newest good one of --dir, if any"},
    {"--checkpoint-every", NULL, KW_ARGUMENT_VALUE, "S",
     "seconds between checkpoints (default: 600); 0: only where the run stops"},
    {"--max-wall", NULL, KW_ARGUMENT_VALUE, "S",
     "stop with a checkpoint and exit code 75 after so many seconds (default: 0: never)"},
    {"--keep", NULL, KW_ARGUMENT_VALUE, "N", "checkpoints that stay (default: 2)"},
    {"--memory-per-rank", NULL, KW_ARGUMENT_VALUE, "BYTES", "such as 96GiB (default: this node's memory / ranks on it)"},
    {"--json", NULL, KW_ARGUMENT_VALUE, "FILE|-", "write everything as JSON"},
};

static const kw_syntax syntax = {
    .verb = "run",
    .usage = "CIRCUIT.qasm [--shots N] [--seed S] [--precision KIND] [--observable \"Z0 Z1\"]... [--noise NOISE.ini]\n"
             "                   [--amplitudes 0,5,7|all] [--probabilities 0,3,5] [--save-state FILE.h5] [--json FILE|-]\n"
             "                   [--dir DIR [--resume FILE|auto] [--checkpoint-every S] [--max-wall S] [--keep N]]",
    .summary =
        "Runs an OpenQASM 2 circuit.  Final measurements are sampled from one run; circuits with reset, if or measurements\n"
        "in between are run once per shot, noisy ones once per trajectory: expectations are means with standard errors.\n"
        "Noise comes from --noise, or from comments in the file: // ketwall: depolarising(0.01) q[0],q[1];\n"
        "Bit strings print the last register first, each with its highest bit first.",
    .arguments = arguments,
    .count = sizeof arguments / sizeof *arguments,
    .positional_min = 1,
    .positional_max = 1,
    .example = "ketwall run bell.qasm --shots 1000 --observable \"Z0 Z1\"",
};

/* Numbers that a request points to. */
typedef struct {
    uint64_t *amplitudes, *qubits;
} lists;

/* --dir and what belongs to it. */
static kw_status read_files(const kw_words *words, kw_run_files *files) {
    static const char *const belong[] = {"--resume", "--checkpoint-every", "--max-wall", "--keep"};
    int64_t keep = 2;
    *files =
        (kw_run_files){.dir = kw_words_value(words, "--dir"), .resume = kw_words_value(words, "--resume"), .every_s = 600};
    for (size_t i = 0; i < sizeof belong / sizeof *belong && !files->dir; ++i)
        if (kw_words_value(words, belong[i])) return kw_fail(KW_E_ARG, "%s needs --dir DIR", belong[i]);
    kw_status status = kw_read_seconds(words, "--checkpoint-every", &files->every_s);
    if (status == KW_OK) status = kw_read_seconds(words, "--max-wall", &files->max_wall_s);
    if (status == KW_OK) status = kw_words_integer(words, "--keep", 1, 1000, 2, &keep);
    files->keep = (int)keep;
    return status;
}

static kw_status read_request(const kw_words *words, kw_run_request *request, lists *l) {
    int64_t seed = 1;
    const char *memory = kw_words_value(words, "--memory-per-rank"), *qubits = kw_words_value(words, "--probabilities");
    kw_status status = kw_read_run_request(words, request, &l->amplitudes);
    if (status == KW_OK) status = kw_words_integer(words, "--seed", 0, INT64_MAX, 1, &seed);
    request->seed = (uint64_t)seed;
    request->progress = true;
    request->save_state = kw_words_value(words, "--save-state");
    if (status == KW_OK && memory) status = kw_read_bytes("--memory-per-rank", memory, &request->memory_per_rank);
    if (status == KW_OK && qubits)
        status = kw_read_list("--probabilities", qubits, "qubits separated by commas", &l->qubits, &request->n_qubits);
    request->qubits = l->qubits;
    return status == KW_OK ? read_files(words, &request->files) : status;
}

/* The program of the file, with the noise of --noise. */
static kw_status read_program(const kw_words *words, kw_program **out) {
    const char *const *path, *noise = kw_words_value(words, "--noise");
    kw_words_positional(words, &path);
    kw_noise_model model = {0};
    kw_program *clean = NULL;
    if (!noise) return kw_program_read(path[0], out);
    kw_status status = kw_noise_read(noise, &model);
    if (status == KW_OK) status = kw_program_read(path[0], &clean);
    if (status == KW_OK) status = kw_program_add_noise(clean, &model, out);
    kw_program_destroy(&clean);
    return status;
}

static json_t *expectation_json(const kw_run_result *r, const char *observable, size_t i) {
    json_t *object =
        json_pack("{s:s, s:f, s:f}", "observable", observable, "value", r->expectations[i], "bound", r->bounds[i]);
    if (r->errors && isfinite(r->errors[i])) json_object_set_new(object, "error", json_real(r->errors[i]));
    return object;
}

/* Those that are not rounding alone. */
static json_t *probabilities_json(const kw_run_result *r) {
    char bits[KW_MAX_QUBITS + 1];
    json_t *object = json_object();
    for (uint64_t o = 0; o < r->n_probabilities; ++o)
        if (r->probabilities[o] > NEGLIGIBLE)
            json_object_set_new(object, kw_outcome_text(r, o, bits), json_real(r->probabilities[o]));
    return object;
}

static json_t *result_json(const kw_run_result *r, const kw_run_request *request) {
    json_t *counts = json_object(), *expectations = json_array(), *amplitudes = json_object();
    for (size_t i = 0; i < r->n_counts; ++i)
        json_object_set_new(counts, r->counts[i].bits, json_integer((json_int_t)r->counts[i].shots));
    for (size_t i = 0; i < request->n_observables; ++i)
        json_array_append_new(expectations, expectation_json(r, request->observables[i], i));
    for (size_t i = 0; i < r->n_amplitudes; ++i) {
        char index[24];
        snprintf(index, sizeof index, "%" PRIu64, r->indices[i]);
        json_object_set_new(amplitudes, index, json_pack("[f, f]", creal(r->amplitudes[i]), cimag(r->amplitudes[i])));
    }
    json_t *checkpoints = json_pack("{s:I, s:I, s:f}", "written", (json_int_t)r->checkpoints, "bytes",
                                    (json_int_t)r->checkpoint_bytes, "seconds", r->checkpoint_seconds);
    json_t *object = json_pack(
        "{s:s, s:i, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:f, s:f, s:I, s:I, s:I, s:I, s:I, s:o}", "format", "ketwall-run",
        "qubits", r->qubits, "shots", (json_int_t)request->shots, "seed", (json_int_t)request->seed, "precision",
        kw_precision_name(request->precision), "counts", counts, "expectations", expectations, "amplitudes", amplitudes,
        "probabilities", probabilities_json(r), "norm", r->norm, "seconds", r->seconds, "passes", (json_int_t)r->passes,
        "exchanges", (json_int_t)r->exchanges, "bytes_exchanged", (json_int_t)r->bytes_exchanged, "peak_bytes_per_rank",
        (json_int_t)r->peak_bytes_per_rank, "resident_bytes", (json_int_t)kw_memory_resident(), "checkpoints", checkpoints);
    kw_json_set_infidelity(object, request->precision, r->rounding, r->infidelity);
    return object;
}

static void print_expectation(const kw_run_result *r, const char *observable, size_t i) {
    printf("<%s> = %.12g", observable, r->expectations[i]);
    if (r->errors && isfinite(r->errors[i])) printf(" +- %.2g", r->errors[i]);
    if (r->bounds[i] > 0) printf(", by rounding off by at most %.2g", r->bounds[i]);
    printf("\n");
}

static void print_result(const kw_run_result *r, const kw_run_request *request) {
    for (size_t i = 0; i < r->n_counts; ++i) printf("%s  %" PRIu64 "\n", r->counts[i].bits, r->counts[i].shots);
    for (size_t i = 0; i < request->n_observables; ++i) print_expectation(r, request->observables[i], i);
    for (size_t i = 0; i < r->n_amplitudes; ++i)
        printf("amplitude %" PRIu64 " = %.12g %+.12gi\n", r->indices[i], creal(r->amplitudes[i]), cimag(r->amplitudes[i]));
    char bits[KW_MAX_QUBITS + 1];
    for (uint64_t o = 0; o < r->n_probabilities; ++o)
        if (r->probabilities[o] > NEGLIGIBLE) printf("p(%s) = %.12g\n", kw_outcome_text(r, o, bits), r->probabilities[o]);
    printf("%d qubits, norm %.12g, %.3g s, %" PRIu64 " passes; per rank %" PRIu64
           " exchanges, %.3f MiB sent, %.3f MiB held\n",
           r->qubits, r->norm, r->seconds, r->passes, r->exchanges, (double)r->bytes_exchanged / 0x1p20,
           (double)r->peak_bytes_per_rank / 0x1p20);
    if (kw_precision_is_packed(request->precision))
        printf("%s, rounding %s: infidelity %.2e, at most %.2e\n", kw_precision_name(request->precision),
               kw_rounding_name(r->rounding), r->infidelity.estimate, r->infidelity.bound);
}

/* Beside the checkpoints: the run is done. */
static kw_status write_to_dir(const kw_run_result *r, const kw_run_request *request) {
    char path[4096], temporary[4096 + 4];
    if (snprintf(path, sizeof path, "%s/result.json", request->files.dir) >= (int)sizeof path)
        return kw_fail(KW_E_IO, "--dir: %s: the path is too long", request->files.dir);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    const kw_status status = kw_cli_write_json(result_json(r, request), temporary);
    if (status == KW_OK && rename(temporary, path)) return kw_fail(KW_E_IO, "%s: %s", path, strerror(errno));
    return status;
}

/* The text of the provenance; NULL without memory. */
static char *provenance_text(const kw_cli *cli) {
    char *command = kw_cli_command(cli, "run");
    json_t *provenance = kw_provenance(kw_launch_mpi_version(), command ? command : "run");
    char *text = provenance ? json_dumps(provenance, JSON_INDENT(2)) : NULL;
    json_decref(provenance);
    free(command);
    return text;
}

static kw_status run(const kw_cli *cli, const kw_words *words) {
    kw_run_request request;
    kw_run_result *result = NULL;
    kw_program *program = NULL;
    lists l = {NULL, NULL};
    kw_status status = read_request(words, &request, &l);
    if (status == KW_OK) status = read_program(words, &program);
    char *provenance = provenance_text(cli);
    request.files.provenance = provenance;
    status = kw_comm_agree(cli->world, status);
    if (status == KW_OK) status = kw_program_run(cli->world, program, &request, &result);
    if (status == KW_OK && kw_comm_rank(cli->world) == 0) {
        const char *json = kw_words_value(words, "--json");
        if (!json || strcmp(json, "-") != 0) print_result(result, &request);
        if (json) status = kw_cli_write_json(result_json(result, &request), json);
        if (status == KW_OK && request.files.dir) status = write_to_dir(result, &request);
    }
    status = kw_comm_agree(cli->world, status);
    kw_run_result_destroy(&result);
    kw_program_destroy(&program);
    free(provenance);
    free(l.amplitudes);
    free(l.qubits);
    return status;
}

int kw_cmd_run(const kw_cli *cli) {
    kw_words *words = NULL;
    kw_status status = kw_comm_agree(cli->world, kw_words_create(&syntax, cli->argc, cli->argv, &words));
    if (status == KW_OK && kw_words_help(words)) kw_syntax_print(&syntax);
    else if (status == KW_OK) status = run(cli, words);
    kw_words_destroy(&words);
    return status == KW_OK ? 0 : kw_cli_fail(cli, status);
}

/* F6  Plans of single circuits. */
#include "cli/plan_circuit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/request.h"
#include "io/disk.h"
#include "ketwall/forecast.h"
#include "models/circuit_run.h"

static json_t *bytes_json(uint64_t bytes) {
    return bytes <= INT64_MAX ? json_integer((json_int_t)bytes) : json_real((double)bytes);
}

/* Index of a name in a list; a wrong one gets a suggestion. */
static kw_status choose(const char *what, const char *name, const char *const *names, int count, int *out) {
    kw_suggestion nearest = kw_suggest(name);
    for (int i = 0; i < count; ++i) {
        kw_suggest_offer(&nearest, names[i]);
        if (strcmp(name, names[i]) != 0) continue;
        *out = i;
        return KW_OK;
    }
    return kw_fail(KW_E_ARG, "%s: %s is unknown%s%s%s", what, name, nearest.best ? "; did you mean " : "",
                   nearest.best ? nearest.best : "", nearest.best ? "?" : "");
}

/* ---- what comes out ---- */

typedef struct {
    const kw_plan_request *plan;
    const kw_run_request *request;
    kw_run_forecast forecast;
    kw_plan_storage storage;
} report;

static json_t *forecast_json(const report *all) {
    const kw_run_request *request = all->request;
    const kw_run_forecast *f = &all->forecast;
    const double seconds = f->seconds.compute + f->seconds.exchange;
    json_t *object =
        json_pack("{s:s, s:i, s:i, s:i, s:i, s:s, s:b, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:f, s:f, s:f}", "format",
                  "ketwall-plan", "qubits", f->qubits, "ranks", f->ranks, "ranks_per_state", f->ranks_per_state, "replicas",
                  f->replicas, "precision", kw_precision_name(request->precision), "gradient", f->gradient, "shots",
                  (json_int_t)request->shots, "exact", f->exact, "exchanges", bytes_json(f->exchanges), "bytes_exchanged",
                  bytes_json(f->bytes_exchanged), "passes", bytes_json(f->passes), "peak_bytes_per_rank",
                  bytes_json(f->peak_bytes_per_rank), "memory_per_rank", bytes_json(f->memory_per_rank), "fits", f->fits,
                  "seconds", seconds, "seconds_compute", f->seconds.compute, "seconds_exchange", f->seconds.exchange);
    kw_plan_machine_json(all->plan, object);
    kw_plan_storage_json(object, &all->storage);
    if (!f->gradient)
        json_object_set_new(object, "checkpoint",
                            json_pack("{s:o, s:f, s:f, s:f}", "bytes", bytes_json(f->checkpoint.bytes), "seconds",
                                      f->checkpoint.seconds, "every_s", f->checkpoint.every_s, "signal_s",
                                      f->checkpoint.signal_s));
    return object;
}

static void print_checkpoint(const kw_run_forecast *f) {
    const kw_checkpoint_forecast *c = &f->checkpoint;
    printf("a checkpoint: %.3f GiB", kw_gib(c->bytes));
    if (c->seconds > 0)
        printf(", %.3g s; best every %.3g s (--checkpoint-every); for the last one --signal=USR1@%.0f", c->seconds,
               c->every_s, c->signal_s);
    printf("\n");
}

static void print_forecast(const report *all) {
    const kw_run_forecast *f = &all->forecast;
    printf("%s of %d qubits on %d ranks = %d replicas x %d per state: %" PRIu64 " passes, %s%" PRIu64
           " exchanges, %.6f GiB sent per rank%s\n",
           f->gradient ? "gradient" : "execution", f->qubits, f->ranks, f->replicas, f->ranks_per_state, f->passes,
           f->exact ? "" : "at most ", f->exchanges, kw_gib(f->bytes_exchanged), f->exact ? "" : ", as outcomes decide");
    printf("fits: %s (%.6f of %.6f GiB per rank)\n", f->fits ? "true" : "false", kw_gib(f->peak_bytes_per_rank),
           kw_gib(f->memory_per_rank));
    kw_plan_print_storage(&all->storage, "--precision ");
    printf("predicted: %s%.3g s (%.3g s passes, %.3g s exchanges) on ", f->exact ? "" : "at most ",
           f->seconds.compute + f->seconds.exchange, f->seconds.compute, f->seconds.exchange);
    kw_plan_print_machine(all->plan);
    if (!f->gradient) print_checkpoint(f);
}

static kw_status write_report(const report *all) {
    const char *json = kw_words_value(all->plan->words, "--json");
    if (json) {
        const kw_status status = kw_cli_write_json(forecast_json(all), json);
        if (status != KW_OK || !strcmp(json, "-")) return status;
    }
    print_forecast(all);
    return KW_OK;
}

/* ---- what goes in ---- */

/* A program, or for --gradient a circuit with parameters. */
typedef struct {
    kw_program *program;
    kw_circuit *trained;
} subject;

static kw_status check_gradient(const kw_run_request *request) {
    if (request->shots || request->n_amplitudes || request->all_amplitudes)
        return kw_fail(KW_E_ARG, "--gradient goes without --shots and --amplitudes: it is the cost of one training step");
    if (request->n_observables > 1)
        return kw_fail(KW_E_ARG, "--gradient is that of one --observable, %zu are given", request->n_observables);
    return KW_OK;
}

static kw_status foretell(const subject *s, const kw_forecast_query *query, kw_run_forecast *out) {
    return s->trained ? kw_gradient_foretell(s->trained, query, out) : kw_program_foretell(s->program, query, out);
}

typedef struct {
    const subject *subject;
    const kw_run_request *request;
    int ranks;
} trial;

static bool fits(const void *context, kw_precision precision) {
    const trial *t = context;
    kw_run_request request = *t->request;
    request.precision = precision;
    const kw_forecast_query query = {.request = &request, .ranks = t->ranks};
    kw_run_forecast found;
    return foretell(t->subject, &query, &found) == KW_OK && found.fits;
}

static kw_status plan_subject(kw_plan_request *r, const kw_run_request *request, const subject *s) {
    const char *json = kw_words_value(r->words, "--json");
    const bool silent = json && !strcmp(json, "-");
    report all = {.plan = r, .request = request};
    kw_status status = s->trained ? check_gradient(request) : kw_run_request_check(s->program, request);
    if (status == KW_OK) status = kw_plan_measure(r, request->precision);
    if (status == KW_OK && !r->file && !s->trained) r->machine.disk_bandwidth = kw_disk_measure(".");
    const kw_forecast_query query = {.request = request,
                                     .ranks = r->ranks,
                                     .machine = &r->machine,
                                     .verbose = kw_words_flag(r->words, "--verbose") && !silent ? stdout : NULL};
    if (status == KW_OK) status = foretell(s, &query, &all.forecast);
    if (status != KW_OK) return status;
    const trial t = {s, request, r->ranks};
    const kw_run_forecast *f = &all.forecast;
    const kw_precision enough = f->fits ? request->precision : kw_plan_find_enough(request->precision, fits, &t);
    all.storage = (kw_plan_storage){request->precision, enough, f->rounding, f->infidelity, request->max_infidelity};
    return write_report(&all);
}

/* Reads the request, makes the subject, plans it. */
static kw_status plan_made(kw_plan_request *r, kw_status (*make)(const kw_plan_request *, const char *, subject *),
                           const char *path) {
    kw_run_request request;
    uint64_t *indices = NULL;
    subject s = {NULL, NULL};
    kw_status status = kw_read_run_request(r->words, &request, &indices);
    request.memory_per_rank = r->memory;
    if (status == KW_OK) status = make(r, path, &s);
    if (status == KW_OK) status = plan_subject(r, &request, &s);
    kw_program_destroy(&s.program);
    kw_circuit_destroy(&s.trained);
    free(indices);
    return status;
}

static kw_status make_ansatz(const kw_words *words, kw_circuit **out) {
#define NAME(kind, name, text) name,
    static const char *const names[] = {KW_ANSATZ_LIST(NAME)};
#undef NAME
    const char *name = kw_words_value(words, "--ansatz");
    int64_t qubits = 0, layers = 1;
    int kind = KW_ANSATZ_HEA;
    kw_status status = kw_words_integer(words, "--qubits", 1, INT64_MAX, 0, &qubits);
    if (status == KW_OK && qubits > KW_MAX_QUBITS)
        status = kw_fail(KW_E_INPUT, "--qubits %" PRId64 ": at most %d are supported", qubits, KW_MAX_QUBITS);
    if (status == KW_OK) status = kw_words_integer(words, "--layers", 1, 1000000, 1, &layers);
    if (status == KW_OK) status = choose("--ansatz", name ? name : "hea", names, KW_ANSATZ_KINDS, &kind);
    if (status == KW_OK) status = kw_circuit_create((int)qubits, out);
    if (status == KW_OK) status = kw_circuit_append_ansatz(*out, (kw_ansatz_kind)kind, (int)layers, false);
    return status;
}

/* The angles do not matter for a run: any will do. */
static kw_status program_of(const kw_circuit *circuit, kw_program **out) {
    const size_t count = (size_t)kw_circuit_parameters(circuit);
    double *theta = malloc((count + 1) * sizeof *theta);
    if (!theta) return kw_fail(KW_E_NOMEM, "no memory for %zu angles", count);
    for (size_t i = 0; i < count; ++i) theta[i] = 1.0;
    const kw_status status = kw_program_from_circuit(circuit, theta, out);
    free(theta);
    return status;
}

static kw_status make_from_ansatz(const kw_plan_request *r, const char *path, subject *out) {
    (void)path;
    kw_circuit *circuit = NULL;
    kw_status status = make_ansatz(r->words, &circuit);
    if (status != KW_OK || kw_words_flag(r->words, "--gradient")) {
        out->trained = circuit;
        return status;
    }
    status = program_of(circuit, &out->program);
    kw_circuit_destroy(&circuit);
    return status;
}

static kw_status make_from_file(const kw_plan_request *r, const char *path, subject *out) {
    const kw_status status = kw_program_read(path, &out->program);
    if (status != KW_OK || !kw_words_flag(r->words, "--gradient")) return status;
    if (!kw_program_is_static(out->program))
        return kw_fail(KW_E_INPUT, "%s: no gradient of a program with reset, if or measurements in mid-circuit", path);
    return kw_circuit_train_all(kw_program_circuit(out->program), &out->trained);
}

kw_status kw_plan_ansatz(kw_plan_request *r) { return plan_made(r, make_from_ansatz, NULL); }
kw_status kw_plan_program(kw_plan_request *r, const char *path) { return plan_made(r, make_from_file, path); }

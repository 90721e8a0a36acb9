/* Another project's program: a Bell pair as `ketwall run` runs it, which costs what was foretold; then with noise.
 * Depolarising both qubits together after the only gate on two (rate p) leaves <Z0 Z1> = 1 - p. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <ketwall/forecast.h>
#include <ketwall/noise.h>
#include <ketwall/run.h>
#include <ketwall/version.h>

static bool costs_are_foretold(const kw_run_forecast *f, const kw_run_result *r) {
    return f->fits && f->exact && f->passes == r->passes && f->exchanges == r->exchanges
           && f->peak_bytes_per_rank == r->peak_bytes_per_rank;
}

/* <Z0 Z1> of all shots. */
static double from_counts(const kw_run_result *r, uint64_t shots) {
    double sum = 0;
    for (size_t i = 0; i < r->n_counts; ++i)
        sum += (r->counts[i].bits[0] == r->counts[i].bits[1] ? 1.0 : -1.0) * (double)r->counts[i].shots;
    return sum / (double)shots;
}

int main(void) {
    static const char text[] =
        "OPENQASM 2.0; include \"qelib1.inc\"; qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q -> c;";
    const kw_noise_model noise = {.depolarising_2q = 0.2};
    const char *const zz = "Z0 Z1";
    const kw_run_request request = {.shots = 4000, .seed = 7, .observables = &zz, .n_observables = 1};
    const kw_forecast_query query = {.request = &request, .ranks = 1};
    kw_program *clean = NULL, *noisy = NULL;
    kw_run_forecast forecast = {0};
    kw_run_result *pure = NULL, *mixed = NULL;
    int wrong = 1;
    kw_status status = kw_program_parse(text, strlen(text), "bell", &clean);
    if (!status) status = kw_program_add_noise(clean, &noise, &noisy);
    if (!status) status = kw_program_foretell(clean, &query, &forecast);
    if (!status) status = kw_program_run(kw_comm_self(), clean, &request, &pure);
    if (!status) status = kw_program_run(kw_comm_self(), noisy, &request, &mixed);
    if (status) fprintf(stderr, "run: %s\n", kw_error_message());
    else {
        printf("Ketwall %s: <%s> = %.4f, with noise %.4f +- %.4f\n", kw_version(), zz, pure->expectations[0],
               mixed->expectations[0], mixed->errors[0]);
        wrong = !(costs_are_foretold(&forecast, pure) && fabs(pure->expectations[0] - 1) < 1e-14 && pure->n_counts == 2
                  && fabs(mixed->expectations[0] - 0.8) < 5 * mixed->errors[0] && mixed->errors[0] < 0.02
                  && fabs(from_counts(mixed, request.shots) - 0.8) < 0.05);
    }
    kw_run_result_destroy(&mixed);
    kw_run_result_destroy(&pure);
    kw_program_destroy(&noisy);
    kw_program_destroy(&clean);
    return status ? kw_status_exit_code(status) : wrong;
}

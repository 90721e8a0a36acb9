/* F3  What belongs to packed amplitudes in a file. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "io/fields.h"
#include "io/state_store.h"

#define AT(member) offsetof(kw_state_account, member)

static const kw_field fields[] = {
    {KW_FIELD_TEXT, KW_STATE_GROUP, "precision", AT(precision), 0, "", "s16 or s8", 1},
    {KW_FIELD_REAL, KW_STATE_GROUP, "gain", AT(gain), 0, "", "of all amplitudes", 1},
    {KW_FIELD_REAL, KW_STATE_GROUP, "noise", AT(noise), 0, "", "sum of |e|^2 of all writes", 1},
    {KW_FIELD_REAL, KW_STATE_GROUP, "error", AT(error), 0, "", "sum of |e| of all writes", 1},
    {KW_FIELD_REAL, KW_STATE_GROUP, "exact", AT(exact), 0, "", "norm of the exact state in the same units", 1},
    {KW_FIELD_REAL, KW_STATE_GROUP, "drift", AT(drift), 0, "", "squared norm of the last pass", 1},
    {KW_FIELD_TEXT, KW_STATE_GROUP, "rounding", AT(rounding), 0, "", "auto, nearest or stochastic", 1},
    {KW_FIELD_INTEGER, KW_STATE_GROUP, "seed", AT(seed), 0, "", "of stochastic rounding", 1},
    {KW_FIELD_INTEGER, KW_STATE_GROUP, "writes", AT(writes), 0, "", "random numbers that were used", 1},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static bool is_positive(double x) { return x > 0 && isfinite(x); }
static bool is_size(double x) { return x >= 0 && isfinite(x); }

/* A file that verifies was written by some Ketwall; still nothing in it is taken on trust. */
static kw_status check(const kw_state_account *a, const char *path) {
    kw_precision precision;
    kw_rounding rounding;
    if (kw_precision_parse(a->precision, &precision) != KW_OK || !kw_precision_is_packed(precision))
        return kw_fail(KW_E_IO, "%s: packed amplitudes of precision \"%.60s\", expected s16 or s8", path, a->precision);
    if (kw_rounding_parse(a->rounding, &rounding) != KW_OK)
        return kw_fail(KW_E_IO, "%s: rounding \"%.60s\", expected " KW_ROUNDING_NAMES, path, a->rounding);
    if (!is_positive(a->gain)) return kw_fail(KW_E_IO, "%s: a gain of %g, expected a positive number", path, a->gain);
    if (!is_positive(a->drift)) return kw_fail(KW_E_IO, "%s: a drift of %g, expected a positive number", path, a->drift);
    if (!is_size(a->noise) || !is_size(a->error) || !is_size(a->exact))
        return kw_fail(KW_E_IO, "%s: its account of errors (noise %g, error %g, exact %g) is out of range", path, a->noise,
                       a->error, a->exact);
    return KW_OK;
}

kw_status kw_state_account_write(kw_sealed *file, const kw_state *state) {
    const kw_errors *e = &state->errors;
    const kw_state_account account = {.precision = (char *)kw_precision_name(state->precision),
                                      .rounding = (char *)kw_rounding_name(state->rounding),
                                      .gain = state->packed.gain,
                                      .noise = e->noise,
                                      .error = e->error,
                                      .exact = e->exact,
                                      .drift = state->drift,
                                      .writes = (int64_t)state->writes,
                                      .seed = (int64_t)state->seed};
    return kw_fields_write(file, fields, FIELDS, &account);
}

kw_status kw_state_account_read(kw_sealed *file, const char *path, kw_state_account *out) {
    *out = (kw_state_account){0};
    kw_status status = kw_fields_read(file, fields, FIELDS, 1, out);
    if (status == KW_OK) status = check(out, path);
    if (status != KW_OK) kw_state_account_free(out);
    return status;
}

void kw_state_account_free(kw_state_account *account) {
    kw_fields_free(fields, FIELDS, account);
    *account = (kw_state_account){0};
}

kw_precision kw_state_account_precision(const kw_state_account *account) {
    kw_precision precision = KW_S16;
    (void)kw_precision_parse(account->precision, &precision);
    return precision;
}

void kw_state_account_give(const kw_state_account *account, kw_state *state) {
    state->errors = (kw_errors){account->noise, account->error, account->exact};
    state->packed.gain = account->gain;
    state->drift = account->drift;
    state->writes = (uint64_t)account->writes;
    state->seed = (uint64_t)account->seed;
    (void)kw_rounding_parse(account->rounding, &state->rounding);
}

void kw_state_account_print(const kw_state_account *account, FILE *out) {
    const kw_infidelity cost = kw_errors_infidelity(&(kw_errors){account->noise, account->error, account->exact});
    fprintf(out, "%s, infidelity %.3g (at most %.3g)", account->precision, cost.estimate, cost.bound);
}

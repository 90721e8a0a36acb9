/* F6  What a plan says of how amplitudes are stored. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/plan_circuit.h"

kw_plan_storage kw_plan_storage_of(const kw_training_config *c, bool it_fits, kw_plan_fits_fn fits, const void *context,
                                   kw_rounding rounding, kw_infidelity infidelity) {
    const kw_precision enough = it_fits ? c->precision : kw_plan_find_enough(c->precision, fits, context);
    return (kw_plan_storage){c->precision, enough, rounding, infidelity, c->max_infidelity};
}

kw_status kw_plan_write_learned(const kw_plan_request *r, json_t *object, const kw_plan_storage *storage, bool *print) {
    const char *path = kw_words_value(r->words, "--json");
    *print = !path || strcmp(path, "-") != 0;
    if (object) kw_plan_storage_json(object, storage);
    if (path) return kw_cli_write_json(object, path);
    json_decref(object);
    return KW_OK;
}

kw_status kw_plan_print_circuit(kw_status made, kw_circuit *circuit, int ranks) {
    kw_plan *plan = NULL;
    kw_status status = made;
    if (status == KW_OK) status = kw_plan_create(circuit, ranks, &plan);
    if (status == KW_OK) kw_plan_print(plan, stdout);
    kw_plan_destroy(&plan);
    kw_circuit_destroy(&circuit);
    return status;
}

kw_precision kw_plan_find_enough(kw_precision asked, kw_plan_fits_fn fits, const void *context) {
    for (int p = (int)asked + 1; p < KW_PRECISIONS; ++p)
        if (fits(context, (kw_precision)p)) return (kw_precision)p;
    return asked;
}

static bool is_within(const kw_plan_storage *s) { return s->most <= 0 || s->infidelity.estimate <= s->most; }

void kw_plan_storage_json(json_t *object, const kw_plan_storage *s) {
    kw_json_set_infidelity(object, s->precision, s->rounding, s->infidelity);
    json_object_set_new(object, "max_infidelity", json_real(s->most));
    json_object_set_new(object, "within_max_infidelity", json_boolean(is_within(s)));
    if (s->enough != s->precision)
        json_object_set_new(object, "fits_with_precision", json_string(kw_precision_name(s->enough)));
}

void kw_plan_print_storage(const kw_plan_storage *s, const char *option) {
    if (s->enough != s->precision) printf("fits with %s%s\n", option, kw_precision_name(s->enough));
    if (!kw_precision_is_packed(s->precision)) return;
    printf("%s, rounding %s: infidelity about %.2g", kw_precision_name(s->precision), kw_rounding_name(s->rounding),
           s->infidelity.estimate);
    if (is_within(s)) printf(", bound about %.2g\n", s->infidelity.bound);
    else printf(": above the limit of %.2g, so that the run would stop; more bytes per amplitude have less\n", s->most);
}

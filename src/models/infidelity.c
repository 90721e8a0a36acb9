/* F4  What packed storage costs in fidelity. */
#include "models/infidelity.h"

#include <math.h>
#include <string.h>

void kw_state_obey(kw_state *state, kw_rounding rounding, uint64_t seed, double most) {
    kw_state_set_rounding(state, rounding, seed);
    kw_state_limit_infidelity(state, most > 0 ? most : INFINITY);
}

kw_rounding kw_rounding_used(const kw_plan *plan, kw_precision precision, kw_rounding asked) {
    const bool open = kw_precision_is_packed(precision) && asked == KW_ROUND_AUTO;
    return open ? kw_plan_rounding(plan, NULL, precision) : asked;
}

kw_infidelity kw_infidelity_sum(kw_infidelity a, kw_infidelity b) {
    const double error = sqrt(a.bound) + sqrt(b.bound);
    return (kw_infidelity){a.estimate + b.estimate, error * error};
}

kw_infidelity kw_infidelity_worse(kw_infidelity a, kw_infidelity b) {
    return (kw_infidelity){fmax(a.estimate, b.estimate), fmax(a.bound, b.bound)};
}

/* Numbers that are not negative have the order of their bits. */
kw_infidelity kw_infidelity_worst(kw_comm *world, kw_infidelity own) {
    int64_t bits[2];
    _Static_assert(sizeof bits == sizeof own, "two numbers of 64 bits");
    memcpy(bits, &own, sizeof bits);
    kw_comm_max(world, bits, 2);
    memcpy(&own, bits, sizeof bits);
    return own;
}

double kw_norm_tolerance(kw_precision precision, kw_infidelity infidelity) {
    const double error = sqrt(infidelity.bound);
    return (precision == KW_DOUBLE ? 1e-8 : 1e-3) + error * (2 + error);
}

void kw_json_set_infidelity(json_t *object, kw_precision precision, kw_rounding rounding, kw_infidelity infidelity) {
    json_object_set_new(object, "infidelity",
                        json_pack("{s:f, s:f}", "estimate", infidelity.estimate, "bound", infidelity.bound));
    if (kw_precision_is_packed(precision)) json_object_set_new(object, "rounding", json_string(kw_rounding_name(rounding)));
}

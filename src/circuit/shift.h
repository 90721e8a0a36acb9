/* F1  The parameter-shift rule of a whole circuit: which circuits are to be measured, and how their values add up. */
#ifndef KW_SHIFT_H
#define KW_SHIFT_H

#include "ketwall/circuit.h"

/* One circuit of the rule: angle `angle` of the opened circuit moved by `shift`; its expectation value times `weight`
 * belongs to the derivative by theta[parameter]. */
typedef struct {
    int angle, parameter;
    double shift, weight;
} kw_shift_term;

typedef struct {
    kw_circuit *opened; /* the same gates, but every trained angle is a parameter of its own, of factor 1 */
    size_t n_angles;
    kw_angle *angles; /* (n_angles) what they were: offset + factor * theta[parameter] */
    size_t n_terms;
    kw_shift_term *terms; /* (n_terms) in the order of the gates */
} kw_shift_rule;

/** d f / d theta[p] = sum over the terms of parameter p of weight * f(opened circuit, its angle shifted), for every
 * expectation value f: the product rule over all angles that share a parameter, kw_gate_shifts() for each of them. @local
 *  @return KW_OK, KW_E_NOMEM.  Memory: a copy of the circuit, 24 bytes per angle and per term. */
kw_status kw_shift_rule_create(const kw_circuit *circuit, kw_shift_rule **out);
void kw_shift_rule_destroy(kw_shift_rule **rule);

/** Circuits that the rule measures, without building it: terms of all trained angles.                            @local */
size_t kw_shift_terms(const kw_circuit *circuit);

/** angles (n_angles) <- those of the opened circuit at theta, term `term` shifted; KW_UNSHIFTED: none.           @local */
#define KW_UNSHIFTED SIZE_MAX
void kw_shift_angles(const kw_shift_rule *rule, const double *theta, size_t term, double *angles);

#endif

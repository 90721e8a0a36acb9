/* F1  The parameter-shift rule of a whole circuit. */
#include "circuit/shift.h"

#include <stdlib.h>

#include "base/error.h"
#include "circuit/circuit_internal.h"

/* Of factor 0 an angle is a constant, whatever its parameter. */
static bool is_trained(const kw_angle *angle) { return angle->parameter >= 0 && angle->factor != 0; }

static void count(const kw_circuit *circuit, size_t *angles, size_t *terms) {
    double shift[KW_MAX_SHIFTS], weight[KW_MAX_SHIFTS];
    *angles = *terms = 0;
    for (size_t i = 0; i < circuit->count; ++i) {
        const kw_gate *gate = &circuit->gates[i];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
            if (!is_trained(&gate->angles[j])) continue;
            *angles += 1;
            *terms += (size_t)kw_gate_shifts(gate->kind, j, shift, weight);
        }
    }
}

size_t kw_shift_terms(const kw_circuit *circuit) {
    size_t angles, terms;
    count(circuit, &angles, &terms);
    return terms;
}

/* Angle j of a gate of the copy becomes the next parameter, and its terms join the list. */
static void open_angle(kw_shift_rule *rule, kw_gate *gate, int j) {
    double shift[KW_MAX_SHIFTS], weight[KW_MAX_SHIFTS];
    const kw_angle was = gate->angles[j];
    const int angle = (int)rule->n_angles++, terms = kw_gate_shifts(gate->kind, j, shift, weight);
    for (int k = 0; k < terms; ++k)
        rule->terms[rule->n_terms++] = (kw_shift_term){angle, was.parameter, shift[k], was.factor * weight[k]};
    rule->angles[angle] = was;
    gate->angles[j] = kw_angle_parameter(angle);
}

static void open_circuit(kw_shift_rule *rule) {
    for (size_t i = 0; i < rule->opened->count; ++i) {
        kw_gate *gate = &rule->opened->gates[i];
        for (int j = 0; j < kw_gate_angles(gate->kind); ++j) {
            if (is_trained(&gate->angles[j])) open_angle(rule, gate, j);
            else gate->angles[j] = kw_angle_constant(gate->angles[j].offset);
        }
    }
    rule->opened->n_parameters = (int)rule->n_angles;
}

kw_status kw_shift_rule_create(const kw_circuit *circuit, kw_shift_rule **out) {
    size_t angles, terms;
    count(circuit, &angles, &terms);
    kw_shift_rule *rule = calloc(1, sizeof *rule);
    if (!rule) return kw_fail(KW_E_NOMEM, "no memory for a parameter-shift rule");
    rule->angles = malloc((angles + 1) * sizeof *rule->angles);
    rule->terms = malloc((terms + 1) * sizeof *rule->terms);
    kw_status status = rule->angles && rule->terms
                           ? KW_OK
                           : kw_fail(KW_E_NOMEM, "no memory for the %zu terms of a parameter-shift rule", terms);
    if (status == KW_OK) status = kw_circuit_create(circuit->n_qubits, &rule->opened);
    if (status == KW_OK) status = kw_circuit_append_circuit(rule->opened, circuit);
    if (status == KW_OK) {
        open_circuit(rule);
        *out = rule;
    } else kw_shift_rule_destroy(&rule);
    return status;
}

void kw_shift_rule_destroy(kw_shift_rule **rule) {
    if (!*rule) return;
    kw_circuit_destroy(&(*rule)->opened);
    free((*rule)->angles);
    free((*rule)->terms);
    free(*rule);
    *rule = NULL;
}

void kw_shift_angles(const kw_shift_rule *rule, const double *theta, size_t term, double *angles) {
    for (size_t a = 0; a < rule->n_angles; ++a) angles[a] = kw_angle_value(&rule->angles[a], theta);
    if (term != KW_UNSHIFTED) angles[rule->terms[term].angle] += rule->terms[term].shift;
}

/* Parameter-shift rules: of every angle of the gate table against the derivative of its matrix, and of circuits. */
#include <complex.h>
#include <math.h>

#include "circuit/shift.h"
#include "support/dense.h"
#include "support/world.h"

enum { SIDE = 16 }; /* at most: three controls and a target */

/* Whole matrix, or its derivative, with the controls as the high bits: the target matrix where all of them are 1. */
static int whole(kw_gate_kind kind, const double *angles, int which, kw_complex *m) {
    kw_complex small[16];
    const int targets = kw_gate_targets(kind), asked = kw_gate_controls(kind), controls = asked < 0 ? 3 : asked;
    const int block = 1 << targets, side = 1 << (targets + controls);
    for (int i = 0; i < side * side; ++i) m[i] = which < 0 && i / side == i % side ? 1 : 0;
    if (which < 0) kw_gate_matrix(kind, angles, small);
    else kw_gate_derivative(kind, angles, which, small);
    for (int r = 0; r < block; ++r)
        for (int c = 0; c < block; ++c) m[(side - block + r) * side + side - block + c] = small[r * block + c];
    return side;
}

/* <a|O|b> with a = A psi, b = B psi */
static kw_complex sandwich(int side, const kw_complex *a, const kw_complex *b, const kw_complex *o, const kw_complex *psi) {
    kw_complex left[SIDE] = {0}, right[SIDE] = {0}, sum = 0;
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) left[r] += a[r * side + c] * psi[c], right[r] += b[r * side + c] * psi[c];
    for (int r = 0; r < side; ++r)
        for (int c = 0; c < side; ++c) sum += conj(left[r]) * o[r * side + c] * right[c];
    return sum;
}

static void check_angle(kw_gate_kind kind, int which, uint64_t seed) {
    static kw_complex m[SIDE * SIDE], d[SIDE * SIDE], o[SIDE * SIDE];
    kw_complex psi[SIDE];
    double angles[KW_MAX_ANGLES], shift[KW_MAX_SHIFTS], weight[KW_MAX_SHIFTS], ruled = 0;
    for (int j = 0; j < KW_MAX_ANGLES; ++j) angles[j] = 6 * dense_uniform(&seed) - 3;
    const int side = whole(kind, angles, -1, m);
    whole(kind, angles, which, d);
    for (int r = 0; r < side; ++r) {
        psi[r] = dense_uniform(&seed) - 0.5 + I * (dense_uniform(&seed) - 0.5);
        o[r * side + r] = dense_uniform(&seed);
        for (int c = 0; c < r; ++c) {
            o[r * side + c] = dense_uniform(&seed) - 0.5 + I * (dense_uniform(&seed) - 0.5);
            o[c * side + r] = conj(o[r * side + c]);
        }
    }
    const double slope = 2 * creal(sandwich(side, m, d, o, psi));
    const int terms = kw_gate_shifts(kind, which, shift, weight);
    const double at = angles[which];
    for (int k = 0; k < terms; ++k) {
        angles[which] = at + shift[k];
        whole(kind, angles, -1, m);
        ruled += weight[k] * creal(sandwich(side, m, m, o, psi));
    }
    if (!(fabs(ruled - slope) < 1e-13 * side))
        fail_msg("%s, angle %d: %.15g by the rule, slope %.15g", kw_gate_name(kind), which, ruled, slope);
}

static void every_angle_has_its_rule(void **unused) {
    (void)unused;
    int checked = 0;
    for (int kind = 0; kind < KW_GATE_KINDS; ++kind)
        for (int which = 0; which < kw_gate_angles((kw_gate_kind)kind); ++which)
            for (uint64_t seed = 1; seed <= 20; ++seed, ++checked) check_angle((kw_gate_kind)kind, which, seed);
    assert_true(checked >= 20 * 25);
}

/* Controlled rotations would be wrong by two terms; phases under controls need no more than two. */
static void rules_are_as_short_as_they_can_be(void **unused) {
    (void)unused;
    static const struct {
        kw_gate_kind kind;
        int which, terms;
    } known[] = {{KW_GATE_RY, 0, 2},  {KW_GATE_U3, 0, 2},  {KW_GATE_U3, 2, 2},  {KW_GATE_RXX, 0, 2},
                 {KW_GATE_CP, 0, 2},  {KW_GATE_MCP, 0, 2}, {KW_GATE_CRZ, 0, 4}, {KW_GATE_CRY, 0, 4},
                 {KW_GATE_CU3, 0, 4}, {KW_GATE_CU3, 1, 2}, {KW_GATE_CU, 3, 2}};
    double shift[KW_MAX_SHIFTS], weight[KW_MAX_SHIFTS];
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i)
        assert_int_equal(kw_gate_shifts(known[i].kind, known[i].which, shift, weight), known[i].terms);
}

/* Angles that share a parameter are moved one by one, with their factors; constants and factors of 0 are not. */
static void shared_angles_open(void **unused) {
    (void)unused;
    kw_circuit *circuit = NULL;
    kw_shift_rule *rule = NULL;
    assert_int_equal(kw_circuit_create(2, &circuit), KW_OK);
    assert_int_equal(kw_circuit_append(circuit, KW_GATE_RX, &(int){0}, 1, &(kw_angle){1, 2, 0.5}), KW_OK);
    assert_int_equal(kw_circuit_append(circuit, KW_GATE_RY, &(int){1}, 1, &(kw_angle){0, 0, 0.7}), KW_OK);
    assert_int_equal(kw_circuit_append(circuit, KW_GATE_RZ, &(int){1}, 1, &(kw_angle){-1, 0, 0.3}), KW_OK);
    assert_int_equal(kw_circuit_append(circuit, KW_GATE_CRX, (const int[]){1, 0}, 2, &(kw_angle){1, -1, 0}), KW_OK);
    assert_int_equal(kw_shift_terms(circuit), 6);
    assert_int_equal(kw_shift_rule_create(circuit, &rule), KW_OK);
    assert_int_equal(rule->n_angles, 2);
    assert_int_equal(rule->n_terms, 6);
    assert_int_equal(kw_circuit_parameters(rule->opened), 2);
    for (size_t i = 0; i < rule->n_terms; ++i) {
        assert_int_equal(rule->terms[i].parameter, 1);
        assert_int_equal(rule->terms[i].angle, i >= 2);
    }
    assert_true(rule->terms[0].weight == 1.0 && rule->terms[2].weight < 0); /* factors 2 and -1 */
    const double theta[2] = {9, 0.25};
    double angles[2];
    kw_shift_angles(rule, theta, KW_UNSHIFTED, angles);
    assert_true(angles[0] == 1.0 && angles[1] == -0.25);
    kw_shift_angles(rule, theta, 1, angles);
    assert_true(fabs(angles[0] - (1 - M_PI_2)) < 1e-15 && angles[1] == -0.25);
    kw_shift_rule_destroy(&rule);
    kw_circuit_destroy(&circuit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_angle_has_its_rule),
        cmocka_unit_test(rules_are_as_short_as_they_can_be),
        cmocka_unit_test(shared_angles_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

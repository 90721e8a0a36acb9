/* The known answers of the programs in circuits/, by hand: each follows from the first comment of the file. */
#include "programs/answers.h"

#include <string.h>

#define R2 0.70710678118654752440
#define R3 0.57735026918962576451
#define R8 0.35355339059327376220

static double qft_basis[][2] = {{R8, 0}, {-.25, -.25}, {0, R8}, {.25, -.25}, {-R8, 0}, {.25, .25}, {0, -R8}, {-.25, .25}};
static double w_3[][2] = {{0, 0}, {R3, 0}, {R3, 0}, {0, 0}, {R3, 0}, {0, 0}, {0, 0}, {0, 0}};
static double unmeasured[][2] = {{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {R2, 0}, {0, 0}, {0, 0},
                                 {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {R2, 0}, {0, 0}, {0, 0}};

const test_answer test_answers[] = {
    /* arithmetic */
    {"adder_cuccaro", true, .always = "10000"},
    {"adder_vbe", true, .always = "1011 101", .paulis = {{"Z7", -1}, {"Z0 Z1 Z2", 1}}},
    {"adder_superposition", true, .outcomes = {{"011 00", .25}, {"100 01", .25}, {"101 10", .25}, {"110 11", .25}}},
    {"adder_draper", true, .always = "010"},
    {"increment", true, .always = "0001"},
    {"toffoli_truth", false, .always = "01111000"},
    {"fredkin_truth", false, .always = "11100100"},
    /* queries and searches */
    {"bernstein_vazirani", true, .always = "10110"},
    {"bernstein_vazirani_reused", false, .always = "1101"},
    {"deutsch_jozsa_constant", true, .always = "000"},
    {"deutsch_jozsa_balanced", true, .outcomes = {{"001", .25}, {"011", .25}, {"101", .25}, {"111", .25}}},
    {"grover_2", true, .always = "10"},
    {"grover_3", true,
     .outcomes = {{"000", 1. / 128},
                  {"001", 1. / 128},
                  {"010", 1. / 128},
                  {"011", 1. / 128},
                  {"100", 1. / 128},
                  {"101", 121. / 128},
                  {"110", 1. / 128},
                  {"111", 1. / 128}}},
    {"simon", true, .outcomes = {{"000", .25}, {"001", .25}, {"110", .25}, {"111", .25}}},
    {"hidden_shift", true, .always = "1010"},
    {"quantum_walk", true, .outcomes = {{"001", .125}, {"011", .125}, {"101", .125}, {"111", .625}}},
    /* Fourier transforms */
    {"phase_estimation", true, .always = "101"},
    {"phase_estimation_inexact", true,
     .outcomes = {{"000", .015625},
                  {"001", .031621832489},
                  {"010", .174939881605},
                  {"011", .68783766259},
                  {"100", .046875},
                  {"101", .018618641092},
                  {"110", .012560118395},
                  {"111", .01192186383}}},
    {"phase_estimation_iterative", false, .always = "011"},
    {"qft_basis", true,
     .outcomes = {{"000", .125},
                  {"001", .125},
                  {"010", .125},
                  {"011", .125},
                  {"100", .125},
                  {"101", .125},
                  {"110", .125},
                  {"111", .125}},
     .amplitudes = qft_basis},
    {"qft_inverse", true, .always = "0110"},
    /* entanglement */
    {"ghz_4", true, .outcomes = {{"0000", .5}, {"1111", .5}},
     .paulis = {{"Z0 Z3", 1}, {"X0 X1 X2 X3", 1}, {"Y0 Y1 X2 X3", -1}, {"Z0", 0}}},
    {"ghz_16", true, .outcomes = {{"0000000000000000", .5}, {"1111111111111111", .5}},
     .paulis = {{"Z0 Z15", 1}, {"Z7 Z8", 1}, {"X0 X15", 0}}},
    {"w_3", true, .outcomes = {{"001", 1. / 3}, {"010", 1. / 3}, {"100", 1. / 3}}, .amplitudes = w_3},
    {"builtin_only", true, .outcomes = {{"00", .5}, {"11", .5}}},
    {"chsh", true, .outcomes = {{"00", (1 + R2) / 4}, {"01", (1 - R2) / 4}, {"10", (1 - R2) / 4}, {"11", (1 + R2) / 4}},
     .paulis = {{"Z0 Z1", R2}, {"X0 X1", R2}, {"Z0", 0}}},
    {"teleportation", false, .outcomes = {{"0 0 0", .25}, {"0 0 1", .25}, {"0 1 0", .25}, {"0 1 1", .25}}},
    {"teleportation_state", false, .outcomes = {{"0 0", .25}, {"0 1", .25}, {"1 0", .25}, {"1 1", .25}},
     .paulis = {{"Z2", .45359612142557738777}, {"X2", .89120736006143533995}, {"Y2", 0}}},
    {"teleportation_deferred", true, .paulis = {{"Z2", .45359612142557738777}, {"X2", .89120736006143533995}, {"Z0", 0}}},
    {"entanglement_swapping", false, .outcomes = {{"0 0", .25}, {"0 1", .25}, {"1 0", .25}, {"1 1", .25}},
     .paulis = {{"Z0 Z3", 1}, {"X0 X3", 1}, {"Y0 Y3", -1}}},
    {"superdense", true, .always = "11 10 01 00"},
    {"swap_test", true, .outcomes = {{"0", .75}, {"1", .25}}},
    /* errors and their correction */
    {"bit_flip_code", false, .always = "000 11"},
    {"phase_flip_code", false, .always = "000 11"},
    {"shor_code", true, .always = "0"},
    {"steane_code", false, .always = "101 101",
     .paulis =
         {{"Z0 Z1 Z2 Z3 Z4 Z5 Z6", 1}, {"X0 X2 X4 X6", 1}, {"X1 X2 X5 X6", 1}, {"X3 X4 X5 X6", 1}, {"Z0 Z2 Z4 Z6", 1}}},
    {"repeat_until_success", false, .outcomes = {{"0 0", 81. / 4096}, {"0 1", 4015. / 4096}}},
    {"magic_state", false, .outcomes = {{"0 0", .5}, {"0 1", .5}}},
    {"parity_measurement", false, .outcomes = {{"0", .5}, {"1", .5}}, .paulis = {{"Z0 Z1", 1}, {"X0 X1", 1}}},
    /* classical bits, conditions, resets */
    {"several_registers", true, .always = "1 011 10"},
    {"register_condition", false, .always = "001 101"},
    {"condition_chain", false, .always = "1111"},
    {"wide_register", false, .always = "1 100000000000000000000000000000000"},
    {"reset_unmeasured", false, .outcomes = {{"00", .5}, {"10", .5}}, .paulis = {{"Z0", 1}}},
    {"many_bits", true,
     .outcomes = {{"1000000000000000000000000000000000000000 0000000000000000000000000000000000000001", .5},
                  {"1000000000000000000000000000000000000000 1000000000000000000000000000000000000001", .5}}},
    {"classical_coin", false,
     .outcomes = {{"0 000 0", .125},
                  {"1 001 0", .125},
                  {"1 010 0", .125},
                  {"0 011 0", .125},
                  {"1 100 1", .125},
                  {"0 101 1", .125},
                  {"0 110 1", .125},
                  {"1 111 1", .125}}},
    {"reset_half", false, .outcomes = {{"00", .5}, {"10", .5}}, .paulis = {{"Z0", 1}}},
    {"reset_fresh", true, .always = "10"},
    {"measured_twice", true, .outcomes = {{"00", .5}, {"11", .5}}},
    {"measured_between", false, .outcomes = {{"00", .25}, {"01", .25}, {"10", .25}, {"11", .25}}},
    {"bit_overwritten", true, .always = "01"},
    {"measured_in_part", true, .outcomes = {{"0000", .5}, {"0010", .5}}},
    {"unmeasured", true, .outcomes = {{"0101", .5}, {"1101", .5}}, .amplitudes = unmeasured},
    {"unmeasured_register", true, .always = "10"},
    {"one_qubit", true, .outcomes = {{"0", .25}, {"1", .75}}, .paulis = {{"Z0", -.5}}},
    /* the language */
    {"broadcast", true, .always = "101 110"},
    {"nested_gates", true, .always = "11"},
    {"expressions", true, .always = "111111"},
    {"barriers", true, .always = "000"},
    {"upper_case", true, .always = "1011"},
    {"there_and_back", true, .always = "0110", .paulis = {{"Z1 Z2", 1}, {"Z1", -1}}},
};

const size_t test_answer_count = sizeof test_answers / sizeof *test_answers;

const test_answer *test_answer_find(const char *file) {
    for (size_t i = 0; i < test_answer_count; ++i)
        if (!strcmp(test_answers[i].file, file)) return &test_answers[i];
    return NULL;
}

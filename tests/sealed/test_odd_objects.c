/* Whole, sealed files with odd objects in them: fields that are missing, of another type or length, that claim more than the
 * file holds or contradict each other.  Every one is read or refused, and a refusal names the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/checkpoint.h"
#include "io/circuit_checkpoint.h"
#include "ketwall/state.h"
#include "support/folder.h"
#include "support/odd_object.h"
#include "support/run.h"
#include "support/world.h"

enum { QUBITS = 3, MOST_BYTES = 65536 };

static char path[256], bytes[MOST_BYTES];
static size_t size;

static void keep(void) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(size > 512 && size < sizeof bytes);
}

static void make_checkpoint(void) {
    double parameters[2] = {0.1, 0.2}, optimiser[10] = {0, 2, 3, 3, 0.1, 0.2}, progress[2] = {0}, history[6] = {0, 1, 2};
    const kw_checkpoint c = {.kind = "qae",
                             .n_qubits = 5,
                             .step = 3,
                             .seed = 1,
                             .cost = 0.5,
                             .config = "run.seed = 1\n",
                             .provenance = "{}",
                             .cost_table = "built-in",
                             .optimiser = "adam",
                             .columns = "step cost",
                             .parameters = parameters,
                             .optimiser_state = optimiser,
                             .system_state = progress,
                             .history = history,
                             .n_parameters = 2,
                             .n_optimiser_state = 10,
                             .n_system_state = 2,
                             .n_history = 6};
    kw_checkpoint_series series;
    kw_checkpoint_series_begin(test_in_folder("."), 1, &series);
    TEST_MUST(kw_checkpoint_write(kw_comm_self(), test_in_folder("."), &c, &series));
    snprintf(path, sizeof path, "%s", test_in_folder("checkpoint-0000000003.h5"));
    keep();
}

static void make_state(kw_precision precision) {
    kw_state *state = test_state(kw_comm_self(), QUBITS, precision, NULL);
    snprintf(path, sizeof path, "%s", test_in_folder("state.h5"));
    TEST_MUST(kw_state_save(state, path));
    kw_state_destroy(&state);
    keep();
}

static void make_circuit(void) {
    int64_t place[QUBITS] = {0, 1, 2}, course[2] = {1, 3}, outcomes[4] = {0};
    double values[4] = {0}, infidelity[2] = {0};
    const kw_circuit_checkpoint c = {.kind = "run",
                                     .provenance = "{}",
                                     .config = "",
                                     .n_qubits = QUBITS,
                                     .number = 3,
                                     .shot = 2,
                                     .course = course,
                                     .place = place,
                                     .outcomes = outcomes,
                                     .n_course = 2,
                                     .n_place = QUBITS,
                                     .n_outcomes = 4,
                                     .values = values,
                                     .n_values = 4,
                                     .infidelity = infidelity,
                                     .n_infidelity = 2};
    kw_state *state = test_state(kw_comm_self(), QUBITS, KW_DOUBLE, NULL);
    kw_checkpoint_series series;
    kw_checkpoint_series_begin(test_in_folder("."), 1, &series);
    TEST_MUST(kw_circuit_checkpoint_write(kw_comm_self(), test_in_folder("."), &c, state, &series));
    kw_state_destroy(&state);
    snprintf(path, sizeof path, "%s", test_in_folder("checkpoint-0000000003.h5"));
    keep();
}

/* The file as it was, with one change. */
static void change(const odd_place *place, odd_type type, odd_shape shape, int value) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_true(odd_replace(path, place, type, shape, value));
    TEST_MUST(kw_checkpoint_verify(path));
}

static kw_status read_checkpoint(void) {
    kw_checkpoint *c = NULL;
    const kw_status status = kw_checkpoint_read(kw_comm_self(), path, &c);
    assert_true((status == KW_OK) == (c != NULL));
    kw_checkpoint_destroy(&c);
    return status;
}

static kw_status read_state(void) {
    kw_state *state = test_state(kw_comm_self(), QUBITS, KW_DOUBLE, NULL);
    int qubits = 0;
    const kw_status asked = kw_state_file_qubits(path, &qubits), status = kw_state_load(state, path);
    if (status == KW_OK) assert_int_equal(asked, KW_OK);
    if (asked == KW_OK) assert_in_range(qubits, 1, 12);
    kw_state_destroy(&state);
    return status;
}

static kw_status read_circuit(void) {
    kw_circuit_checkpoint *c = NULL;
    kw_state *state = test_state(kw_comm_self(), QUBITS, KW_DOUBLE, NULL);
    kw_status status = kw_circuit_checkpoint_read(kw_comm_self(), path, &c);
    if (status == KW_OK) status = kw_circuit_checkpoint_read_state(path, c, state);
    kw_circuit_checkpoint_destroy(&c);
    kw_state_destroy(&state);
    return status;
}

static void check(kw_status status, const odd_place *place, int type, int shape, int value) {
    const bool well = status == KW_OK || ((status == KW_E_IO || status == KW_E_INPUT) && strstr(kw_error_message(), path));
    /* what is not there cannot be read */
    const bool huge = type == ODD_NONE || type == ODD_TEXT_HUGE || shape == ODD_HUGE || shape == ODD_HUGEST;
    const bool optional = place->name && !strcmp(place->name, "precision");
    if (!well || (status == KW_OK && huge && !optional))
        fail_msg("%s %s: type %d, shape %d, value %d: status %d, \"%s\"", place->group, place->name ? place->name : "", type,
                 shape, value, status, kw_error_message());
}

static int every_change(const odd_place *places, int count, kw_status (*read)(void)) {
    int changes = 0;
    for (int p = 0; p < count; ++p)
        for (int type = 0; type < ODD_TYPES; ++type)
            for (int shape = 0; shape < (type == ODD_NONE ? 1 : ODD_SHAPES); ++shape) {
                const bool written = shape == ODD_SCALAR || shape == ODD_1 || shape == ODD_3;
                for (int value = 0; value < (written ? ODD_VALUES : 1); ++value, ++changes) {
                    change(&places[p], (odd_type)type, (odd_shape)shape, value);
                    check(read(), &places[p], type, shape, value);
                }
            }
    return changes;
}

static void checkpoints_with_odd_objects(void **state) {
    (void)state;
    make_checkpoint();
    TEST_MUST(read_checkpoint());
    print_message("%d odd checkpoints\n", every_change(odd_checkpoint_places, odd_checkpoint_place_count, read_checkpoint));
}

static void circuits_with_odd_objects(void **state) {
    (void)state;
    make_circuit();
    TEST_MUST(read_circuit());
    print_message("%d odd checkpoints of circuits\n",
                  every_change(odd_circuit_places, odd_circuit_place_count, read_circuit));
}

static void states_with_odd_objects(void **state) {
    (void)state;
    make_state(KW_DOUBLE);
    TEST_MUST(read_state());
    print_message("%d odd state files\n", every_change(odd_state_places, odd_state_place_count, read_state));
}

static void packed_states_with_odd_objects(void **state) {
    (void)state;
    make_state(KW_S16);
    TEST_MUST(read_state());
    print_message("%d odd packed state files\n", every_change(odd_packed_places, odd_packed_place_count, read_state));
}

enum { ONE = 1, MINUS_ONE, NOT_FINITE, LARGEST, SIXTY_THREE = 7 }; /* values */

static void packed_fields_out_of_range(void **state) {
    (void)state;
    static const struct {
        odd_place place;
        odd_type type;
        odd_shape shape;
        int value;
        const char *reason;
    } changes[] = {
        {{"/quantum/state/scales", NULL}, ODD_NONE, ODD_SCALAR, 0, "no usable scales (bfloat16) /quantum/state/scales"},
        {{"/quantum/state/parts", NULL}, ODD_NONE, ODD_SCALAR, 0, "no usable parts /quantum/state/parts"},
        {{"/quantum/state/parts", NULL}, ODD_INT8, ODD_3, 1, "no usable parts"},
        {{"/quantum/state/parts", NULL}, ODD_INT64, ODD_2_BY_3, 1, "no usable parts"},
        {{"/quantum/state/scales", NULL}, ODD_FLOAT, ODD_1, 1, "no usable scales"},
        {{"/integrity/quantum/state/parts", NULL}, ODD_INT64, ODD_3, 1, "3 checksums for the 1 parts"},
        {{"/integrity/quantum/state/scales", NULL}, ODD_INT64, ODD_1, 1, "/quantum/state/scales from 0 to 1 does not match"},
        {{"/quantum/state", "precision"}, ODD_TEXT, ODD_SCALAR, 1, "packed amplitudes of precision \"x\""},
        {{"/quantum/state", "rounding"}, ODD_TEXT, ODD_SCALAR, 1, "rounding \"x\", expected auto nearest stochastic"},
        {{"/quantum/state", "gain"}, ODD_DOUBLE, ODD_SCALAR, MINUS_ONE, "a gain of -1"},
        {{"/quantum/state", "gain"}, ODD_DOUBLE, ODD_SCALAR, NOT_FINITE, "a gain of "},
        {{"/quantum/state", "drift"}, ODD_DOUBLE, ODD_SCALAR, 0, "a drift of 0"},
        {{"/quantum/state", "noise"}, ODD_DOUBLE, ODD_SCALAR, MINUS_ONE, "its account of errors (noise -1"},
        {{"/quantum/state", "error"}, ODD_DOUBLE, ODD_SCALAR, NOT_FINITE, "its account of errors"},
        {{"/quantum/state", "gain"}, ODD_NONE, ODD_SCALAR, 0, "no usable real number gain"},
        {{"/quantum", "n_qubits"}, ODD_INT64, ODD_SCALAR, SIXTY_THREE, "63 qubits in 1 runs of 32 amplitudes"},
    };
    make_state(KW_S16);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; ++i) {
        change(&changes[i].place, changes[i].type, changes[i].shape, changes[i].value);
        assert_int_equal(read_state(), KW_E_IO);
        if (!strstr(kw_error_message(), path) || !strstr(kw_error_message(), changes[i].reason))
            fail_msg("'%s' and '%s' are not both in: %s", path, changes[i].reason, kw_error_message());
    }
}

static void refused_with(kw_status status, const odd_place *place, odd_type type, odd_shape shape, int value,
                         const char *reason) {
    change(place, type, shape, value);
    assert_int_equal(read_checkpoint(), status);
    if (!strstr(kw_error_message(), path) || !strstr(kw_error_message(), reason))
        fail_msg("'%s' and '%s' are not both in: %s", path, reason, kw_error_message());
}

static void refused(const odd_place *place, odd_type type, odd_shape shape, int value, const char *reason) {
    refused_with(KW_E_IO, place, type, shape, value, reason);
}

static void fields_that_contradict_each_other(void **state) {
    (void)state;
    make_checkpoint();
    const odd_place version = {"/", "format_version"}, step = {"/progress", "step"}, qubits = {"/quantum", "qubits"};
    const odd_place columns = {"/history", "columns"}, table = {"/history/table", NULL}, cost = {"/progress/cost", NULL};
    const odd_place parameters = {"/quantum/parameters", NULL}, optimiser = {"/optimizer/state", NULL};
    refused(&version, ODD_INT64, ODD_SCALAR, MINUS_ONE, "format version -1");
    refused_with(KW_E_INPUT, &version, ODD_INT64, ODD_SCALAR, LARGEST, "use a newer Ketwall"); /* not to be passed over */
    refused(&step, ODD_INT64, ODD_SCALAR, MINUS_ONE, "step -1 is negative");
    refused(&step, ODD_INT64, ODD_3, ONE, "integer step");
    refused(&step, ODD_DOUBLE, ODD_SCALAR, ONE, "integer step");
    refused(&qubits, ODD_INT64, ODD_SCALAR, SIXTY_THREE, "63 qubits");
    refused(&columns, ODD_TEXT, ODD_SCALAR, 0, "in 0 columns");
    refused(&columns, ODD_TEXT, ODD_1000, ONE, "text columns");
    refused(&table, ODD_DOUBLE, ODD_3, ONE, "3 numbers in 2 columns");
    refused(&table, ODD_DOUBLE, ODD_2_BY_3, ONE, "/history/table");
    refused(&table, ODD_DOUBLE, ODD_HUGEST, 0, "/history/table");
    refused(&table, ODD_DOUBLE, ODD_OUTSIDE, 0, "/history/table");
    refused(&cost, ODD_DOUBLE, ODD_3, ONE, "/progress/cost holds 3 numbers");
    refused(&parameters, ODD_DOUBLE, ODD_3, NOT_FINITE, "number 0 of /quantum/parameters");
    refused(&optimiser, ODD_DOUBLE, ODD_1000, NOT_FINITE, "number 0 of /optimizer/state");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(checkpoints_with_odd_objects), TEST_IN_FOLDER(circuits_with_odd_objects),
        TEST_IN_FOLDER(states_with_odd_objects),      TEST_IN_FOLDER(packed_states_with_odd_objects),
        TEST_IN_FOLDER(packed_fields_out_of_range),   TEST_IN_FOLDER(fields_that_contradict_each_other),
    };
    return TEST_RUN("odd_objects", tests);
}

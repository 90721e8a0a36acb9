/* libFuzzer: checkpoints and state files that are any bytes, or whole and sealed with odd objects in them, are read or
 * refused; a refusal is one of input or output and names the file.
 *
 *   byte 0, modulo 7    0: the rest is the file   1: the rest behind a whole user block that claims its size
 *                       2: a checkpoint   3: a state   4: a circuit's checkpoint   5, 6: these two with packed amplitudes;
 *                       then
 *   4 bytes each        the number of an object, its new type, shape and value (support/odd_object.h) */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "io/checkpoint.h"
#include "io/circuit_checkpoint.h"
#include "io/sealed.h"
#include "ketwall/state.h"
#include "support/odd_object.h"

enum { MOST_BYTES = 65536, CHANGES = 4, CHANGE_BYTES = 4, QUBITS = 3, FILES = 5, KINDS = 2 + FILES };

typedef struct {
    char *bytes;
    size_t size;
} contents;

static contents take_file(const char *path) {
    contents found = {malloc(MOST_BYTES), 0};
    FILE *file = fopen(path, "rb");
    fuzz_must(file && found.bytes, "a file to start from");
    found.size = fread(found.bytes, 1, MOST_BYTES, file);
    fuzz_must(found.size > 0 && found.size < MOST_BYTES && !fclose(file) && !unlink(path), "a file to start from");
    return found;
}

static contents make_checkpoint(const char *dir) {
    double parameters[2] = {0.1, 0.2}, optimiser[10] = {0, 2, 3, 3, 0.1, 0.2}, system[2] = {0}, history[6] = {0, 1, 2};
    const kw_checkpoint c = {"qae",      5,      3,           1,          0.5,       "run.seed = 1\n", "{}",
                             "built-in", "adam", "step cost", parameters, optimiser, system,           history,
                             2,          10,     2,           6,          NULL};
    char path[64];
    kw_checkpoint_series series;
    kw_checkpoint_series_begin(dir, 1, &series);
    fuzz_must(kw_checkpoint_write(kw_comm_self(), dir, &c, &series) == KW_OK, "a checkpoint");
    snprintf(path, sizeof path, "%s/checkpoint-%010d.h5", dir, 3);
    return take_file(path);
}

static contents make_state(const char *dir, kw_precision precision) {
    kw_state *state = NULL;
    char path[64];
    snprintf(path, sizeof path, "%s/state.h5", dir);
    fuzz_must(kw_state_create(kw_comm_self(), QUBITS, precision, &state) == KW_OK, "a state");
    fuzz_must(kw_state_save(state, path) == KW_OK, "a state file");
    kw_state_destroy(&state);
    return take_file(path);
}

static contents make_circuit(const char *dir, kw_precision precision) {
    kw_state *state = NULL;
    char path[64];
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
    kw_checkpoint_series series;
    kw_checkpoint_series_begin(dir, 1, &series);
    fuzz_must(kw_state_create(kw_comm_self(), QUBITS, precision, &state) == KW_OK, "a state");
    fuzz_must(kw_circuit_checkpoint_write(kw_comm_self(), dir, &c, state, &series) == KW_OK, "a circuit's checkpoint");
    kw_state_destroy(&state);
    snprintf(path, sizeof path, "%s/checkpoint-%010d.h5", dir, 3);
    return take_file(path);
}

static const contents *whole(int which) {
    static contents files[FILES];
    char dir[] = "/tmp/ketwall_fuzz_XXXXXX";
    if (!files[0].bytes) {
        fuzz_must(mkdtemp(dir) != NULL, "a folder");
        files[0] = make_checkpoint(dir);
        files[1] = make_state(dir, KW_DOUBLE);
        files[2] = make_circuit(dir, KW_DOUBLE);
        files[3] = make_state(dir, KW_S16);
        files[4] = make_circuit(dir, KW_S8);
        rmdir(dir);
    }
    return &files[which];
}

static void must_be_named(kw_status status, const char *path) {
    if (status == KW_OK) return;
    fuzz_must(status == KW_E_IO || status == KW_E_INPUT, "an odd status");
    fuzz_must(strstr(kw_error_message(), path) != NULL, "a refusal without its file");
}

static void check_checkpoint(const char *path) {
    kw_checkpoint *c = NULL;
    kw_status status = kw_checkpoint_read(kw_comm_self(), path, &c);
    must_be_named(status, path);
    if (status != KW_OK) return;
    ++fuzz_taken;
    fuzz_must(c->step >= 0 && c->n_qubits >= 0 && c->n_qubits <= KW_MAX_QUBITS, "counts out of range");
    double sum = 0;
    for (size_t i = 0; i < c->n_parameters; ++i) sum += c->parameters[i] * 0;
    for (size_t i = 0; i < c->n_optimiser_state; ++i) sum += c->optimiser_state[i] * 0;
    fuzz_must(sum == 0, "numbers that are not finite");
    FILE *nowhere = fopen("/dev/null", "w");
    fuzz_must(nowhere && kw_checkpoint_print(path, nowhere, true) == KW_OK && !fclose(nowhere), "not printed");
    kw_checkpoint_destroy(&c);
}

static void check_state(const char *path) {
    int qubits = 0;
    kw_state *state = NULL;
    kw_status status = kw_state_file_qubits(path, &qubits);
    must_be_named(status, path);
    if (status == KW_OK) fuzz_must(qubits >= 1 && qubits < 16, "more qubits than the file has room for");
    fuzz_must(kw_state_create(kw_comm_self(), QUBITS, KW_SINGLE, &state) == KW_OK, "a state");
    status = kw_state_load(state, path);
    must_be_named(status, path);
    if (status == KW_OK) ++fuzz_taken;
    kw_state_destroy(&state);
    fuzz_must(kw_state_create(kw_comm_self(), QUBITS, KW_S16, &state) == KW_OK, "a state");
    must_be_named(kw_state_load(state, path), path);
    kw_state_destroy(&state);
}

static void check_circuit(const char *path) {
    kw_circuit_checkpoint *c = NULL;
    kw_state *state = NULL;
    kw_status status = kw_circuit_checkpoint_read(kw_comm_self(), path, &c);
    must_be_named(status, path);
    if (status != KW_OK) return;
    fuzz_must(kw_state_create(kw_comm_self(), QUBITS, KW_SINGLE, &state) == KW_OK, "a state");
    status = kw_circuit_checkpoint_read_state(path, c, state);
    must_be_named(status, path);
    fuzz_taken += status == KW_OK;
    FILE *nowhere = fopen("/dev/null", "w");
    fuzz_must(nowhere && kw_circuit_checkpoint_print(path, nowhere, true) == KW_OK && !fclose(nowhere), "not printed");
    kw_circuit_checkpoint_destroy(&c);
    kw_state_destroy(&state);
}

static void check_damaged(const char *path) {
    fuzz_must(kw_checkpoint_verify(path) == KW_E_IO, "no seal, and taken");
    must_be_named(KW_E_IO, path);
    check_checkpoint(path);
    check_state(path);
    check_circuit(path);
}

static void check_headed(const uint8_t *data, size_t size) {
    enum { ROOM = 512 };
    char *bytes = calloc(ROOM + size, 1);
    fuzz_must(bytes != NULL, "memory");
    snprintf(bytes, ROOM, "KETWALL SEALED FILE\nformat version 1\nfile bytes %020zu\nXXH3-128 %032d\n", ROOM + size, 0);
    if (size) memcpy(bytes + ROOM, data, size);
    check_damaged(fuzz_file(0, bytes, ROOM + size));
    free(bytes);
}

static void check_odd(int which, const uint8_t *data, size_t size) {
    const contents *file = whole(which);
    const char *path = fuzz_file(0, file->bytes, file->size);
    const odd_place *const all[FILES] = {odd_checkpoint_places, odd_state_places, odd_circuit_places, odd_packed_places,
                                         odd_packed_places};
    const int counts[FILES] = {odd_checkpoint_place_count, odd_state_place_count, odd_circuit_place_count,
                               odd_packed_place_count, odd_packed_place_count};
    const odd_place *const places = all[which];
    const int count = counts[which];
    for (int change = 0; change < CHANGES && size >= CHANGE_BYTES; ++change, data += CHANGE_BYTES, size -= CHANGE_BYTES)
        fuzz_must(
            odd_replace(path, &places[data[0] % count], data[1] % ODD_TYPES, data[2] % ODD_SHAPES, data[3] % ODD_VALUES),
            "not sealed again");
    fuzz_must(kw_checkpoint_verify(path) == KW_OK, "a seal that does not hold");
    if (which == 0) check_checkpoint(path);
    if (which == 1 || which == 3) check_state(path);
    if (which == 2 || which == 4) check_circuit(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!size || size > MOST_BYTES) return 0;
    switch (data[0] % KINDS) {
    case 0: check_damaged(fuzz_file(0, data + 1, size - 1)); break;
    case 1: check_headed(data + 1, size - 1); break;
    default: check_odd(data[0] % KINDS - 2, data + 1, size - 1);
    }
    return 0;
}

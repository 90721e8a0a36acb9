/* Odd objects in sealed files, by HDF5 alone. */
#include "support/odd_object.h"

#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/sealed_internal.h"

const odd_place odd_checkpoint_places[] = {
    {"/", "format"},
    {"/", "format_version"},
    {"/", "kind"},
    {"/provenance", "json"},
    {"/config", "ini"},
    {"/quantum", "qubits"},
    {"/quantum", "cost_table"},
    {"/optimizer", "name"},
    {"/progress", "step"},
    {"/progress", "seed"},
    {"/history", "columns"},
    {"/quantum/parameters", NULL},
    {"/optimizer/state", NULL},
    {"/progress/cost", NULL},
    {"/progress/system", NULL},
    {"/history/table", NULL},
};
const int odd_checkpoint_place_count = sizeof odd_checkpoint_places / sizeof *odd_checkpoint_places;

const odd_place odd_circuit_places[] = {
    {"/", "format_version"},
    {"/", "kind"},
    {"/quantum", "qubits"},
    {"/quantum", "plan"},
    {"/progress", "number"},
    {"/progress", "shot"},
    {"/progress", "step"},
    {"/progress", "bits"},
    {"/quantum/state/place", NULL},
    {"/progress/course", NULL},
    {"/progress/outcomes", NULL},
    {"/progress/values", NULL},
    {"/progress/infidelity", NULL},
    {"/quantum/state/amplitudes", NULL},
    {"/integrity/quantum/state/amplitudes", NULL},
};
const int odd_circuit_place_count = sizeof odd_circuit_places / sizeof *odd_circuit_places;

const odd_place odd_state_places[] = {
    {"/quantum/state/amplitudes", NULL}, {"/quantum/state", "precision"}, {"/integrity/quantum/state/amplitudes", NULL}};
const odd_place odd_packed_places[] = {
    {"/quantum", "n_qubits"},
    {"/quantum/state", "precision"},
    {"/quantum/state", "gain"},
    {"/quantum/state", "noise"},
    {"/quantum/state", "error"},
    {"/quantum/state", "exact"},
    {"/quantum/state", "drift"},
    {"/quantum/state", "rounding"},
    {"/quantum/state", "seed"},
    {"/quantum/state", "writes"},
    {"/quantum/state/parts", NULL},
    {"/quantum/state/scales", NULL},
    {"/integrity/quantum/state/parts", NULL},
    {"/integrity/quantum/state/scales", NULL},
};
const int odd_packed_place_count = sizeof odd_packed_places / sizeof *odd_packed_places;
const int odd_state_place_count = sizeof odd_state_places / sizeof *odd_state_places;

enum { TEXT_BYTES = 16, MOST_WRITTEN = 4096 };

static hid_t pair_type(const char *first, const char *second) {
    const hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(type, first, 0, H5T_NATIVE_DOUBLE);
    H5Tinsert(type, second, 8, H5T_NATIVE_DOUBLE);
    return type;
}

static hid_t text_of(size_t bytes) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, bytes);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

static hid_t make_type(odd_type type) {
    const hsize_t four = 4;
    switch (type) {
    case ODD_INT64: return H5Tcopy(H5T_NATIVE_INT64);
    case ODD_INT8: return H5Tcopy(H5T_NATIVE_INT8);
    case ODD_DOUBLE: return H5Tcopy(H5T_NATIVE_DOUBLE);
    case ODD_FLOAT: return H5Tcopy(H5T_NATIVE_FLOAT);
    case ODD_LONG_DOUBLE: return H5Tcopy(H5T_NATIVE_LDOUBLE);
    case ODD_TEXT: return text_of(TEXT_BYTES);
    case ODD_TEXT_HUGE: return text_of(INT32_MAX);
    case ODD_TEXT_VARIABLE: return text_of(H5T_VARIABLE);
    case ODD_COMPLEX: return pair_type("r", "i");
    case ODD_COMPOUND: return pair_type("a", "b");
    default: return H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &four);
    }
}

static hid_t make_space(odd_shape shape) {
    static const hsize_t lengths[ODD_SHAPES] = {[ODD_0] = 0,
                                                [ODD_1] = 1,
                                                [ODD_3] = 3,
                                                [ODD_1000] = 1000,
                                                [ODD_CHUNKED] = 6,
                                                [ODD_OUTSIDE] = 6,
                                                [ODD_HUGE] = (hsize_t)1 << 40,
                                                [ODD_HUGEST] = (hsize_t)1 << 60};
    if (shape == ODD_SCALAR) return H5Screate(H5S_SCALAR);
    if (shape == ODD_NULL) return H5Screate(H5S_NULL);
    if (shape == ODD_2_BY_3) return H5Screate_simple(2, (const hsize_t[]){2, 3}, NULL);
    return H5Screate_simple(1, &lengths[shape], NULL);
}

static hid_t make_storage(odd_shape shape) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk = 6;
    if (shape == ODD_HUGE || shape == ODD_CHUNKED) H5Pset_chunk(creation, 1, &chunk);
    if (shape == ODD_OUTSIDE) H5Pset_external(creation, "/dev/zero", 0, H5F_UNLIMITED);
    return creation;
}

/* One element of a type. */
static void fill(odd_type type, int value, void *element, size_t bytes) {
    static const double reals[ODD_VALUES] = {0, 1, -1, NAN, 1e300, 0.5, INFINITY, 3};
    static const int64_t integers[ODD_VALUES] = {0, 1, -1, INT64_MIN, INT64_MAX, 2, 62, 63};
    static const char *const texts[ODD_VALUES] = {"", "x", "ketwall", "qae", "a b c", "1", "step cost", "0123456789abcdef"};
    double *numbers = element;
    memset(element, value, bytes);
    if (type == ODD_INT64) memcpy(element, &integers[value], sizeof *integers);
    if (type == ODD_FLOAT) *(float *)element = (float)reals[value];
    if (type == ODD_LONG_DOUBLE) *(long double *)element = reals[value];
    if (type == ODD_TEXT) memcpy(element, texts[value], strnlen(texts[value], TEXT_BYTES)); /* the last one has no end */
    if (type == ODD_TEXT && value < ODD_VALUES - 1) ((char *)element)[strlen(texts[value])] = 0;
    if (type == ODD_DOUBLE || type >= ODD_COMPLEX)
        for (size_t i = 0; i < bytes / sizeof *numbers; ++i) numbers[i] = reals[value];
    if (type == ODD_TEXT_VARIABLE) *(const char **)element = texts[value];
}

/* NULL: too much to be written. */
static void *make_data(hid_t space, hid_t stored, odd_type type, int value) {
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const size_t bytes = H5Tget_size(stored);
    if (count <= 0 || count > MOST_WRITTEN || bytes > MOST_WRITTEN) return NULL;
    char *data = malloc((size_t)count * bytes);
    for (hssize_t i = 0; data && i < count; ++i) fill(type, value, data + (size_t)i * bytes, bytes);
    return data;
}

static void put(hid_t file, const odd_place *place, odd_type type, odd_shape shape, int value) {
    const hid_t stored = make_type(type), space = make_space(shape), storage = make_storage(shape);
    void *data = make_data(space, stored, type, value);
    if (place->name) {
        const hid_t group = H5Oopen(file, place->group, H5P_DEFAULT);
        const hid_t attribute = H5Acreate2(group, place->name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
        if (data && attribute >= 0) H5Awrite(attribute, stored, data);
        if (attribute >= 0) H5Aclose(attribute);
        H5Oclose(group);
    } else {
        const hid_t dataset = H5Dcreate2(file, place->group, stored, space, H5P_DEFAULT, storage, H5P_DEFAULT);
        if (data && dataset >= 0 && shape != ODD_OUTSIDE) H5Dwrite(dataset, stored, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
        if (dataset >= 0) H5Dclose(dataset);
    }
    free(data);
    H5Pclose(storage);
    H5Sclose(space);
    H5Tclose(stored);
}

static bool seal(const char *path) {
    const int fd = open(path, O_RDWR);
    const bool sealed = fd >= 0 && kw_seal_write(kw_comm_self(), fd, path) == KW_OK;
    if (fd >= 0) close(fd);
    return sealed;
}

bool odd_replace(const char *path, const odd_place *place, odd_type type, odd_shape shape, int value) {
    const kw_hdf5_printing printing = kw_hdf5_silence();
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    bool done = file >= 0;
    if (done && place->name) H5Adelete_by_name(file, place->group, place->name, H5P_DEFAULT);
    if (done && !place->name) H5Ldelete(file, place->group, H5P_DEFAULT);
    if (done && type != ODD_NONE) put(file, place, type, shape, value);
    if (done) done = H5Fclose(file) >= 0;
    kw_hdf5_restore(printing);
    return done && seal(path);
}

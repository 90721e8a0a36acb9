/* Circuits by name. */
#include "support/circuits.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"

typedef struct {
    kw_circuit *circuit;
    kw_rng rng;
    uint64_t drawn;
    kw_status status;
    int n;
} builder;

static double draw(builder *b) { return 2 * M_PI * kw_rng_uniform(&b->rng, b->drawn++); }

static void one(builder *b, kw_gate_kind kind, int qubit, const double *values) {
    kw_angle angles[KW_MAX_ANGLES];
    for (int j = 0; j < kw_gate_angles(kind); ++j) angles[j] = kw_angle_constant(values[j]);
    if (b->status == KW_OK) b->status = kw_circuit_append(b->circuit, kind, &qubit, 1, angles);
}

static void two(builder *b, kw_gate_kind kind, int first, int second, double value) {
    const int qubits[2] = {first, second};
    const kw_angle angle = kw_angle_constant(value);
    if (b->status == KW_OK) b->status = kw_circuit_append(b->circuit, kind, qubits, 2, &angle);
}

static void random_u3(builder *b) {
    for (int q = 0; q < b->n; ++q) {
        const double angles[3] = {draw(b), draw(b), draw(b)};
        one(b, KW_GATE_U3, q, angles);
    }
}

static void rqc(builder *b, int layers) {
    for (int layer = 0; layer < layers; ++layer) {
        random_u3(b);
        for (int q = layer & 1; q + 1 < b->n; q += 2) two(b, KW_GATE_CZ, q, q + 1, 0);
    }
}

/* Backwards: U3(t, p, l)^-1 = U3(-t, -l, -p). */
static void rqc_inverse(builder *b, int layers) {
    for (int layer = layers; layer-- > 0;) {
        for (int q = layer & 1; q + 1 < b->n; q += 2) two(b, KW_GATE_CZ, q, q + 1, 0);
        b->drawn = (uint64_t)(3 * b->n * layer);
        for (int q = 0; q < b->n; ++q) {
            const double t = draw(b), p = draw(b), l = draw(b);
            one(b, KW_GATE_U3, q, (const double[]){-t, -l, -p});
        }
    }
}

static void hea(builder *b, int layers, double width) {
    for (int layer = 0; layer < layers; ++layer) {
        for (int q = 0; q < b->n; ++q) {
            const double y = width * (draw(b) / M_PI - 1), z = draw(b);
            one(b, KW_GATE_RY, q, &y);
            one(b, KW_GATE_RZ, q, &z);
        }
        for (int q = 0; q + 1 < b->n; ++q) two(b, KW_GATE_CX, q, q + 1, 0);
    }
}

static void pairs(builder *b, int layers) {
    for (int layer = 0; layer < layers; ++layer) {
        uint32_t order[KW_MAX_QUBITS];
        random_u3(b);
        kw_rng_permutation(kw_rng_make(7, KW_STREAM_TEST, (uint64_t)layer), (uint64_t)b->n, order);
        for (int q = 0; q + 1 < b->n; q += 2) two(b, KW_GATE_CZ, (int)order[q], (int)order[q + 1], 0);
    }
}

static void qft(builder *b) {
    for (int q = 0; q < b->n; q += 2) one(b, KW_GATE_X, q, NULL);
    for (int q = b->n - 1; q >= 0; --q) {
        one(b, KW_GATE_H, q, NULL);
        for (int k = q - 1; k >= 0; --k) two(b, KW_GATE_CP, q, k, M_PI / (double)((uint64_t)1 << (q - k)));
    }
    for (int q = 0; q < b->n / 2; ++q) two(b, KW_GATE_SWAP, q, b->n - 1 - q, 0);
}

static void trotter(builder *b, int steps) {
    const double start = 0.7, dt = 0.004, x = 2 * dt;
    for (int q = 0; q < b->n; ++q) one(b, KW_GATE_RY, q, &start);
    for (int step = 0; step < steps; ++step) {
        for (int q = 0; q + 1 < b->n; ++q) two(b, KW_GATE_RZZ, q, q + 1, 2 * dt);
        for (int q = 0; q < b->n; ++q) one(b, KW_GATE_RX, q, &x);
    }
}

static void ghz(builder *b) {
    one(b, KW_GATE_H, 0, NULL);
    for (int q = 0; q + 1 < b->n; ++q) two(b, KW_GATE_CX, q, q + 1, 0);
}

static void build(builder *b, const char *name, int layers) {
    const bool mirror = !strcmp(name, "mirror");
    if (mirror || !strcmp(name, "rqc")) rqc(b, layers);
    else if (!strcmp(name, "hea")) hea(b, layers, M_PI);
    else if (!strcmp(name, "peaked")) hea(b, layers, 0.1);
    else if (!strcmp(name, "pairs")) pairs(b, layers);
    else if (!strcmp(name, "qft")) qft(b);
    else if (!strcmp(name, "ghz")) ghz(b);
    else if (!strcmp(name, "trotter")) trotter(b, layers);
    else b->status = kw_fail(KW_E_INPUT, "no circuit named %s", name);
    if (mirror) rqc_inverse(b, layers);
}

kw_status test_circuit(const char *name, int n, int layers, kw_circuit **out) {
    builder b = {.rng = kw_rng_make(12345, KW_STREAM_TEST, 0), .n = n};
    b.status = kw_circuit_create(n, &b.circuit);
    if (b.status == KW_OK) build(&b, name, layers);
    if (b.status == KW_OK) *out = b.circuit;
    else kw_circuit_destroy(&b.circuit);
    return b.status;
}

/* F5  The circuits of the benchmarks. */
#include <math.h>

#include "base/rng.h"
#include "studies/bench.h"

enum { RQC_LAYERS = 20, HEA_LAYERS = 8, SEED = 12345 };

typedef struct {
    kw_circuit *circuit;
    bool parameters;
    kw_rng rng;
    uint64_t drawn;
    kw_status status;
} builder;

static kw_angle draw(builder *b) {
    const int number = (int)b->drawn;
    const double value = 2 * M_PI * kw_rng_uniform(&b->rng, b->drawn++);
    return b->parameters ? kw_angle_parameter(number) : kw_angle_constant(value);
}

static void one(builder *b, kw_gate_kind kind, int qubit) {
    kw_angle angles[KW_MAX_ANGLES];
    for (int j = 0; j < kw_gate_angles(kind); ++j) angles[j] = draw(b);
    if (b->status == KW_OK) b->status = kw_circuit_append(b->circuit, kind, &qubit, 1, angles);
}

static void two(builder *b, kw_gate_kind kind, int first, int second, kw_angle angle) {
    const int qubits[2] = {first, second};
    if (b->status == KW_OK) b->status = kw_circuit_append(b->circuit, kind, qubits, 2, &angle);
}

static void rqc(builder *b, int n) {
    for (int layer = 0; layer < RQC_LAYERS; ++layer) {
        for (int q = 0; q < n; ++q) one(b, KW_GATE_U3, q);
        for (int q = layer & 1; q + 1 < n; q += 2) two(b, KW_GATE_CZ, q, q + 1, kw_angle_constant(0));
    }
}

static void hea(builder *b, int n) {
    for (int layer = 0; layer < HEA_LAYERS; ++layer) {
        for (int q = 0; q < n; ++q) {
            one(b, KW_GATE_RY, q);
            one(b, KW_GATE_RZ, q);
        }
        for (int q = 0; q + 1 < n; ++q) two(b, KW_GATE_CX, q, q + 1, kw_angle_constant(0));
    }
}

static void qft(builder *b, int n) {
    for (int q = n - 1; q >= 0; --q) {
        one(b, KW_GATE_H, q);
        for (int k = q - 1; k >= 0; --k)
            two(b, KW_GATE_CP, q, k, kw_angle_constant(M_PI / (double)((uint64_t)1 << (q - k))));
    }
    for (int q = 0; q < n / 2; ++q) two(b, KW_GATE_SWAP, q, n - 1 - q, kw_angle_constant(0));
}

int kw_bench_layers(kw_bench_kind kind, int n_qubits) {
    switch (kind) {
    case KW_BENCH_RQC: return RQC_LAYERS;
    case KW_BENCH_HEA:
    case KW_BENCH_GRADIENT:
    case KW_BENCH_QAE: return HEA_LAYERS;
    case KW_BENCH_QFT: return n_qubits;
    default: return 1;
    }
}

kw_status kw_bench_circuit(kw_bench_kind kind, int which, int n, bool parameters, kw_circuit **out) {
    builder b = {.parameters = parameters, .rng = kw_rng_make(SEED, KW_STREAM_PARAMETERS, 0)};
    b.status = kw_circuit_create(n, &b.circuit);
    if (b.status != KW_OK) return b.status;
    switch (kind) {
    case KW_BENCH_SWEEP: one(&b, KW_GATE_H, which); break;
    case KW_BENCH_RQC: rqc(&b, n); break;
    case KW_BENCH_QFT: qft(&b, n); break;
    case KW_BENCH_HEA:
    case KW_BENCH_GRADIENT:
    case KW_BENCH_QAE: hea(&b, n); break;
    case KW_BENCH_EXCHANGE:
    case KW_BENCH_EXCHANGE_LOW:
    case KW_BENCHES: break;
    }
    if (b.status == KW_OK) *out = b.circuit;
    else kw_circuit_destroy(&b.circuit);
    return b.status;
}

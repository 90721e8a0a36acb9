/* F5  Benchmarks: circuits of fixed kinds, timed beside a bandwidth probe of the same run. */
#ifndef KW_BENCH_H
#define KW_BENCH_H

#include "engine/machine.h"
#include "ketwall/plan.h"

/* X(NAME, "name", default qubits, what is timed) */
#define KW_BENCH_LIST(X)                                                                                                    \
    X(SWEEP, "sweep", 24, "one H by itself, on each local qubit in turn")                                                   \
    X(RQC, "rqc", 24, "20 layers of random U3 on every qubit and a brickwork of CZ")                                        \
    X(HEA, "hea", 24, "8 layers of RY and RZ on every qubit and a CNOT ladder")                                             \
    X(QFT, "qft", 24, "quantum Fourier transform with its SWAPs")                                                           \
    X(GRADIENT, "gradient", 20, "adjoint gradient of <Z0> by all angles of hea")                                            \
    X(QAE, "qae", 20, "adjoint gradient of the local trash cost of half of the qubits by all angles of hea")                \
    X(EXCHANGE, "exchange", 24, "the highest local qubits exchanged with 1, 2, ... rank bits; needs two ranks")             \
    X(EXCHANGE_LOW, "exchange_low", 24, "the lowest local qubits exchanged with them: short runs of amplitudes")

typedef enum {
#define KW_BENCH_ENUM(kind, name, qubits, text) KW_BENCH_##kind,
    KW_BENCH_LIST(KW_BENCH_ENUM)
#undef KW_BENCH_ENUM
        KW_BENCHES
} kw_bench_kind;

typedef struct {
    kw_bench_kind kind;
    int n_qubits, which; /* case of the kind, from 0 */
    kw_precision precision;
    int repeats;
    uint64_t memory_per_rank;  /* bytes */
    const kw_machine *machine; /* measured here, with the rates of this precision; NULL: no prediction */
} kw_bench_request;

/* Rates are sums over all ranks; reading and writing both count as bytes. */
typedef struct {
    int n_qubits, ranks, threads;
    double plan_seconds, first_seconds;  /* planning; the first run, which compiles the passes */
    double best_seconds, median_seconds; /* of the repeats; of the slowest rank */
    double probe;                        /* [bytes/s] every amplitude of the state scaled in place; median */
    double bandwidth;                    /* [bytes/s] what the passes, exchanges apart, read and write, by the median */
    double memory_share;                 /* of the probes just before and after each repeat; median */
    double peak;                         /* [1/s] multiply-adds of real numbers in registers */
    double operations;                   /* multiply-adds, products and sums of one repeat, by the median [1/s] */
    double predicted_seconds;            /* NaN: no prediction */
    kw_plan_cost cost;                   /* of one repeat, per rank */
    kw_infidelity infidelity;            /* of the last state, by rounding; of gradients 0 */
    uint64_t peak_bytes;
} kw_bench_result;

/** Name of a kind, what it times, and its default size.                                                          @local */
const char *kw_bench_name(kw_bench_kind kind);
const char *kw_bench_text(kw_bench_kind kind);
int kw_bench_qubits(kw_bench_kind kind);

/** Ranks that a kind needs at least.                                                                            @local */
int kw_bench_least_ranks(kw_bench_kind kind);

/** @return KW_OK, KW_E_ARG (no power of two, fewer than 2 local qubits)                                          @local */
kw_status kw_bench_check_ranks(int n_qubits, int ranks);

/** Cases of a kind on so many qubits and ranks: sweep has one per local qubit, exchange one per number of qubits exchanged.
 *  @local */
int kw_bench_cases(kw_bench_kind kind, int n_qubits, int ranks);

/** The circuit of case `which` of a kind; angles from a fixed seed.  parameters: hea's angles become parameters.   @local
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM */
kw_status kw_bench_circuit(kw_bench_kind kind, int which, int n_qubits, bool parameters, kw_circuit **out);

/** Layers of a kind's circuit: of qft the qubits that are transformed one after the other; else 1.                @local */
int kw_bench_layers(kw_bench_kind kind, int n_qubits);

/** This machine as the ranks of `world` see it, for predictions.                                            @collective
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_bench_machine(kw_comm *world, kw_precision precision, kw_machine *out);

/** Runs one benchmark on all ranks of `world`, which share one state.                                       @collective
 *  @return KW_OK, KW_E_ARG (ranks), KW_E_INPUT (qubits), KW_E_FIT, KW_E_NOMEM, KW_E_INTERNAL (the norm is lost) */
kw_status kw_bench_run(kw_comm *world, const kw_bench_request *request, kw_bench_result *out);

#endif

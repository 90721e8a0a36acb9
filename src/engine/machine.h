/* F2  What the time of a run follows from: nodes, memory, network, and what the kernels cost on one core. */
#ifndef KW_MACHINE_H
#define KW_MACHINE_H

#include "ketwall/state.h"

/* X(CLASS, "key", "reference in double", "in single", what it counts): kernels by what they cost.  A dense gate on t targets
 * is DENSE1 + t - 1.  Reference [ns]: one core of an AMD EPYC 9004, kernels for AVX-512; the units are those below. */
#define KW_RATE_LIST(X)                                                                                                     \
    X(DIAGONAL, "diagonal", "0.17, 0.18, 2.7", "0.10, 0.09, 3.2", "diagonal gates, by amplitudes multiplied")               \
    X(FLIP, "permutation", "0, 0.41, 2.2", "0, 0.32, 2.4", "X, CX, CSWAP and the like, by amplitudes moved")                \
    X(REAL1, "real1", "0.18, 0.18, 3.9", "0.14, 0.13, 4.0", "real gates on one target: H, RY")                              \
    X(DENSE1, "dense1", "0.40, 0.37, 3.9", "0.21, 0.17, 4.3", "other gates on one target")                                  \
    X(DENSE2, "dense2", "0, 11, 0", "0, 9.7, 0", "gates on two targets")                                                    \
    X(DENSE3, "dense3", "0, 10, 0", "0, 9.8, 0", "gates on three targets")                                                  \
    X(DENSE4, "dense4", "0, 12, 0", "0, 15, 0", "gates on four targets")                                                    \
    X(DENSE5, "dense5", "0, 24, 0", "0, 28, 0", "gates on five targets")                                                    \
    X(CROSS, "products", "1.1, 0.32, 7.0", "1.4, 0.48, 10", "gradients: inner products, by pairs of rows")                  \
    X(CROSS_REAL1, "products_real1", "0.39, 0.30, 14", "0.69, 0.40, 23", "gradients of real gates")                         \
    X(CROSS_DIAGONAL, "products_diagonal", "1.1, 0.32, 6.3", "1.2, 0.48, 10", "gradients of diagonal gates")                \
    X(MEASURE, "measure", "0, 1.1, 600", "0, 1.1, 600", "weights of a register, collapse of a qubit")                       \
    X(FILL, "fill", "0, 2.5, 0", "0, 2.5, 0", "states from a formula")                                                      \
    X(RECONSTRUCT, "reconstruct", "0, 15, 0", "0, 15, 0", "reconstruction fidelity of an autoencoder")

typedef enum {
#define KW_RATE_ENUM(name, key, in_double, in_single, text) KW_RATE_##name,
    KW_RATE_LIST(KW_RATE_ENUM)
#undef KW_RATE_ENUM
        KW_RATES
} kw_rate_class;

/* Work is counted in three units.  Kernels go through memory in runs: the amplitudes below the lowest qubit of the gate; a
 * gate on one qubit of the lowest four has kernels of its own, without runs. */
enum { KW_PER_LOW, KW_PER_AMPLITUDE, KW_PER_RUN, KW_UNITS };

/* X(NAME, "key", "reference in double", "in single" [ns], what one unit is): work of passes.  Packed kinds have the rates of
 * single, but for BLOCK: there it unpacks and packs. */
#define KW_PASS_RATE_LIST(X)                                                                                                \
    X(BLOCK, "block", "0.36", "0.25", "passes: loading an amplitude of the state and storing it")                           \
    X(SWEEP, "sweep", "0.16", "0.06", "passes: loading and storing one for gates on other qubits")                          \
    X(TURN, "turn", "0.074", "0.040", "passes: rotating one")                                                               \
    X(LANES, "turn_lanes", "0.11", "0.056", "passes: the same on the lowest qubits, or controlled")                         \
    X(FLIP, "flip", "0.026", "0.013", "passes: exchanging one, as CX does")                                                 \
    X(PHASES, "phases", "0.15", "0.075", "passes: multiplying one, by many phase gates at once")                            \
    X(TABLE, "table", "7", "7", "passes: one factor of these, made once per execution")

#define KW_BLOCK_S16 "0.7"
#define KW_BLOCK_S8  "1.3"

typedef enum {
#define KW_PASS_RATE_ENUM(name, key, in_double, in_single, text) KW_PASS_##name,
    KW_PASS_RATE_LIST(KW_PASS_RATE_ENUM)
#undef KW_PASS_RATE_ENUM
        KW_PASS_RATES
} kw_pass_rate;

/** One core, amplitudes in its cache: seconds per unit of work, and beside it what tiny states take. */
typedef struct {
    double pass[KW_PASS_RATES];         /* block, sweep ...: per amplitude; table: per entry */
    double seconds[KW_RATES][KW_UNITS]; /* MEASURE per run: per pass, whatever its size */
    double call;                        /* per gate and block, for binding it */
    double evaluate;                    /* per gate and execution, for its matrix */
} kw_rates;

#define KW_NODE_MTBF_HOURS 43800 /* mean time between failures of a node where nobody says better: 5 years */

/** A machine as one kind of ranks sees it; bandwidths in bytes per second.  Ranks fill the nodes in order. */
typedef struct kw_machine {
    int nodes, ranks_per_node;
    double cores_per_rank;    /* below 1: ranks take turns */
    uint64_t memory_per_node; /* bytes */
    double memory_bandwidth;  /* of a node, STREAM triad */
    uint64_t cache_per_node;  /* bytes: states that take a quarter of it run at cache_bandwidth */
    double cache_bandwidth;   /* of a node */
    double network_bandwidth; /* of a node, each way; 0: one node */
    double network_latency;   /* seconds per message */
    double disk_bandwidth;    /* checkpoints of a node, written and verified; 0: unknown */
    double file_bandwidth;    /* of the file system, all nodes together; 0: as many times that of a node */
    double node_mtbf;         /* mean time between failures of a node [s] */
    kw_rates rates[KW_PRECISIONS];
} kw_machine;

/** Runs the kernels of one precision on a block in cache and takes the best of some tries, about 0.25 s.        @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_rates_measure(kw_precision precision, kw_rates *out);

/** The same for all of them, about 0.6 s.                                                                        @local */
kw_status kw_rates_measure_all(kw_rates rates[KW_PRECISIONS]);

/** This machine with `ranks` ranks of as many threads as OpenMP would start: bandwidths by a triad, 0.3 s at most; no
 * network. The rates are left at 0: kw_rates_measure. @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_machine_measure(int ranks, kw_machine *out);

/** Cores that this process may use, and threads that OpenMP would start.                                         @local */
int kw_machine_cores(void);
int kw_machine_threads(void);

#endif

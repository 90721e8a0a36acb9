/* F2  The kernel table: every loop over amplitudes.  One source (kernels.c) is compiled per instruction set and precision;
 * kw_kernels() picks at run time what the processor has (or KETWALL_KERNELS=ref|avx2|avx512 names).
 *
 * A kernel works on a window of 2^c consecutive amplitudes.  A gate opens zero bits at the positions of its targets and
 * controls; a group is what remains:
 *     base = insert_zeros(group, open) | set        amplitude of matrix index r: base | offset[r]
 * Kernels return void, never allocate, log, communicate or fail. */
#ifndef KW_KERNELS_H
#define KW_KERNELS_H

#include "engine/kernels/packed.h"
#include "engine/kernels/tiles.h"
#include "ketwall/gate.h"
#include "ketwall/state.h"

#define KW_MAX_DIMENSION  (1 << KW_MAX_TARGETS)
#define KW_MARGINAL_INNER 6 /* qubits whose outcomes one sweep of the kernel `marginal` tells apart */

typedef struct {
    int n_open, n_targets;
    int open[KW_MAX_QUBITS];               /* ascending positions in the window */
    uint64_t set;                          /* control bits */
    uint64_t offset[KW_MAX_DIMENSION];     /* of matrix index r */
    const kw_complex *matrix;              /* 4^t, row-major */
    kw_complex diagonal[KW_MAX_DIMENSION]; /* diagonal kernels: factor of index r (targets inside the window) */
    int row[KW_MAX_DIMENSION];             /* diagonal kernels: row of the gate's matrix that index r stands for */
} kw_kernel_args;

/* Consecutive amplitudes of a state and their logical indices origin | low[k]; those from `count` on do not matter. */
typedef struct {
    uint64_t origin, length, count;
    const uint64_t *low;
} kw_basis_run;

typedef struct {
    /* out_j <- |psi_k|^2, j the logical index of amplitude k */
    void (*weights)(const void *psi, const kw_basis_run *run, double *out);
    /* sum_k d_j |psi_k|^2 */
    double (*dot)(const void *psi, const kw_basis_run *run, const double *d);
    /* out_k <- d_j psi_k, 0 where j does not matter */
    void (*scale)(const void *psi, const kw_basis_run *run, const double *d, void *out);
} kw_basis_kernels;

typedef struct {
    const char *name;
    const kw_tile_kernels *tiles;
    const kw_basis_kernels *basis;
    const kw_codec *codec; /* packed states alone, which have no kernels of gates, of two states or of basis states */
    /* psi <- U psi on groups [first, last) */
    void (*matrix1)(void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last);
    void (*real1)(void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last);
    void (*matrix)(void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last);
    void (*diagonal)(void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last);
    /* exchanges the amplitudes at offset[0] and offset[1] */
    void (*flip)(void *psi, const kw_kernel_args *args, uint64_t first, uint64_t last);
    /* sums[2 (r d + c)], +1: real, imaginary part of sum conj(bra_r) ket_c over groups, d = 2^t (added) */
    void (*cross)(const void *bra, const void *ket, const kw_kernel_args *args, uint64_t first, uint64_t last, double *sums);
    /* the real parts alone, for one target: enough for real gates, whose derivatives are real */
    void (*cross_real1)(const void *bra, const void *ket, const kw_kernel_args *args, uint64_t first, uint64_t last,
                        double *sums);
    /* sums[2 r], +1: of sum conj(bra_r) ket_r (added) */
    void (*cross_diagonal)(const void *bra, const void *ket, const kw_kernel_args *args, uint64_t first, uint64_t last,
                           double *sums);

    /* over amplitudes [first, last) */
    double (*norm2)(const void *psi, uint64_t first, uint64_t last);
    kw_complex (*dot)(const void *bra, const void *ket, uint64_t first, uint64_t last);
    void (*scale)(void *psi, double factor, uint64_t first, uint64_t last);
    void (*fill)(void *psi, kw_amplitude_fn amplitude, const void *context, uint64_t origin, uint64_t first, uint64_t last);
    /* weights[popcount(mask & i) + shift] += |psi_i|^2;  out_i <- factors[popcount(mask & i) + shift] psi_i */
    void (*weights)(const void *psi, uint64_t mask, int shift, uint64_t first, uint64_t last, double *weights);
    void (*reweigh)(const void *psi, void *out, uint64_t mask, int shift, const double *factors, uint64_t first,
                    uint64_t last);
    /* sums[bits of i at inner[0], inner[1], ...] += |psi_i|^2 over i = base of groups [first, last);
     * inner: at most KW_MARGINAL_INNER positions, ascending */
    void (*marginal)(const void *psi, const kw_kernel_args *args, const int *inner, int n_inner, uint64_t first,
                     uint64_t last, double *sums);
    /* Pauli strings of one x on `count` amplitudes of a chunk, a power of two; psi, out and chunk begin where x flips no
     * higher bit, x < count; d: what the strings multiply amplitude j by:
     *   Re sum_j conj(psi_{j^x}) d_j chunk_j        out_{j^x} += d_j chunk_j */
    double (*pauli_dot)(const void *psi, const void *chunk, const double *d_re, const double *d_im, uint64_t x,
                        uint64_t count);
    void (*pauli_add)(void *out, const void *chunk, const double *d_re, const double *d_im, uint64_t x, uint64_t count);
    /* one amplitude */
    kw_complex (*get)(const void *psi, uint64_t index);
    void (*put_one)(void *psi, uint64_t index); /* <- 1, exactly; the amplitudes about it are zero */
    /* |psi_i|^2 summed over the aligned range [first, first + size), size a power of two, as a binary tree */
    double (*tree)(const void *psi, uint64_t first, uint64_t size);
    /* sum over j of conj(a_j) psi_{start + index(j)}, index(j) = bits of j deposited at positions; a: kw_complex, or
     * (a == NULL) psi itself at index(j) */
    kw_complex (*register_dot)(const kw_complex *a, const void *psi, uint64_t start, const int *positions, int n_positions);
} kw_kernels_table;

/** The table in use for a precision.                                                                            @local */
const kw_kernels_table *kw_kernels(kw_precision precision);

/** Name of the instruction set in use: "ref", "avx2", "avx512".                                                 @local */
const char *kw_kernels_name(void);

#endif

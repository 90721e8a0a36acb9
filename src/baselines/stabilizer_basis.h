/* F4  Random stabilizer bases: the joint eigenbases of n commuting Pauli strings, which random Clifford circuits measure in.
 */
#ifndef KW_STABILIZER_BASIS_H
#define KW_STABILIZER_BASIS_H

#include <stdbool.h>

#include "base/bits.h"
#include "base/rng.h"

/* i^|x & z| X^x Z^z: X on the qubits of mask x, Z on those of z, Y on those of both. */
typedef struct {
    uint64_t x, z;
} kw_string;

static inline bool kw_strings_anticommute(kw_string a, kw_string b) { return kw_popcount((a.x & b.z) ^ (a.z & b.x)) & 1; }

static inline kw_string kw_strings_join(kw_string a, kw_string b) { return (kw_string){a.x ^ b.x, a.z ^ b.z}; }

/** Exponent k mod 4 of the product of two strings, P(a) P(b) = i^k P(a + b); 0 or 2 where they commute.           @local */
static inline int kw_strings_phase(kw_string a, kw_string b) {
    const kw_string c = kw_strings_join(a, b);
    return (kw_popcount(a.x & a.z) + kw_popcount(b.x & b.z) - kw_popcount(c.x & c.z) + 2 * kw_popcount(a.z & b.x)) & 3;
}

/** generators (n) <- n independent strings that commute: a maximal isotropic subspace of F_2^{2n}, each of the
 *  prod_{i=1..n} (2^i + 1) with equal probability.  Every generator is uniform among the strings that commute with those
 *  before it and are no product of them; by Witt's theorem every subspace is met as often.  The eigenbasis is that of a
 *  uniformly random Clifford circuit up to the order of its vectors, which a measurement does not see.
 *  @param[in]     n     qubits, at most 32
 *  @param[in,out] draw  index of the next random number                                                          @local */
void kw_stabilizer_basis(const kw_rng *rng, uint64_t *draw, int n, kw_string *generators);

/** The same of one random letter X, Y or Z per qubit.                                                            @local */
void kw_product_basis(const kw_rng *rng, uint64_t *draw, int n, kw_string *generators);

#endif

/* F0  Counter-based random numbers. */
#include "base/rng.h"

#include <Random123/philox.h>
#include <math.h>

/* counter = (index, 0, stream, substream), key = (seed, constant) */
kw_rng kw_rng_make(uint64_t seed, kw_stream stream, uint64_t substream) {
    return (kw_rng){seed, ((uint64_t)stream << 56) ^ substream};
}

static philox4x64_ctr_t block(const kw_rng *rng, uint64_t index) {
    const philox4x64_ctr_t counter = {{index, 0, rng->stream, 0}};
    const philox4x64_key_t key = {{rng->seed, 0x6b657477616c6cULL}};
    return philox4x64(counter, key);
}

static double to_unit(uint64_t bits) { return (double)(bits >> 11) * 0x1p-53; }

uint64_t kw_rng_bits(const kw_rng *rng, uint64_t index) { return block(rng, index).v[0]; }

double kw_rng_uniform(const kw_rng *rng, uint64_t index) { return to_unit(kw_rng_bits(rng, index)); }

/* Box-Muller; 1 - u lies in (0, 1], so the logarithm is finite. */
void kw_rng_normal_pair(const kw_rng *rng, uint64_t index, double out[2]) {
    const philox4x64_ctr_t bits = block(rng, index);
    const double radius = sqrt(-2.0 * log(1.0 - to_unit(bits.v[0])));
    const double angle = 2.0 * M_PI * to_unit(bits.v[1]);
    out[0] = radius * cos(angle);
    out[1] = radius * sin(angle);
}

void kw_rng_permutation(kw_rng rng, uint64_t count, uint32_t *order) {
    for (uint64_t i = 0; i < count; ++i) order[i] = (uint32_t)i;
    for (uint64_t i = count; i > 1; --i) {
        const uint64_t j = (uint64_t)(kw_rng_uniform(&rng, i) * (double)i);
        const uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

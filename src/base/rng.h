/* F0  Counter-based random numbers (Philox4x64 of Random123): the value depends on (seed, stream, index) alone, never on
 * ranks, threads or call order. */
#ifndef KW_RNG_H
#define KW_RNG_H

#include <stdint.h>

/* Streams: every use of randomness has its own. */
typedef enum {
    KW_STREAM_PARAMETERS = 1,
    KW_STREAM_STATES,
    KW_STREAM_SHOTS,
    KW_STREAM_SPSA,
    KW_STREAM_SPLIT,
    KW_STREAM_TEST,
    KW_STREAM_NOISE,
    KW_STREAM_IMAGES,
    KW_STREAM_BATCHES,
    KW_STREAM_ROUNDING,
    KW_STREAM_SHADOWS
} kw_stream;

typedef struct {
    uint64_t seed, stream;
} kw_rng;

kw_rng kw_rng_make(uint64_t seed, kw_stream stream, uint64_t substream);
uint64_t kw_rng_bits(const kw_rng *rng, uint64_t index);
double kw_rng_uniform(const kw_rng *rng, uint64_t index);                  /* [0, 1) */
void kw_rng_normal_pair(const kw_rng *rng, uint64_t index, double out[2]); /* two independent N(0, 1) */

/** order (count) <- a random permutation of 0 .. count - 1 (Fisher & Yates).                                     @local */
void kw_rng_permutation(kw_rng rng, uint64_t count, uint32_t *order);

#endif

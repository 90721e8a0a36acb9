/* F0  Digests of what is made of many parts. */
#ifndef KW_HASH_H
#define KW_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/** XXH3-64 of the bytes, seeded by what came before. */
static inline uint64_t kw_mix(uint64_t hash, const void *data, size_t bytes) {
    return XXH3_64bits_withSeed(data, bytes, hash);
}

#endif

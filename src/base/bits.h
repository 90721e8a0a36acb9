/* F0  Bit moves on basis indices. */
#ifndef KW_BITS_H
#define KW_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): positions are 0 to 63 */
static inline uint64_t kw_bit(int position) { return (uint64_t)1 << position; }

/** Opens a zero bit at `position`:  ...b_q b_{q-1}... -> ...b_q 0 b_{q-1}... */
static inline uint64_t kw_insert_zero(uint64_t index, int position) {
    const uint64_t low = index & (kw_bit(position) - 1);
    return ((index ^ low) << 1) | low;
}

/** Opens zero bits at `count` positions, given in ascending order. */
static inline uint64_t kw_insert_zeros(uint64_t index, const int *positions, int count) {
    for (int j = 0; j < count; ++j) index = kw_insert_zero(index, positions[j]);
    return index;
}

/** Spreads the low bits of `value` over the given positions: bit j goes to positions[j]. */
static inline uint64_t kw_deposit(uint64_t value, const int *positions, int count) {
    uint64_t out = 0;
    for (int j = 0; j < count; ++j) out |= ((value >> j) & 1) << positions[j];
    return out;
}

/** Collects the bits at the given positions: bit j comes from positions[j]. */
static inline uint64_t kw_extract(uint64_t value, const int *positions, int count) {
    uint64_t out = 0;
    for (int j = 0; j < count; ++j) out |= ((value >> positions[j]) & 1) << j;
    return out;
}

static inline bool kw_is_power_of_two(uint64_t value) { return value && !(value & (value - 1)); }
static inline int kw_log2(uint64_t power_of_two) { return __builtin_ctzll(power_of_two); }
static inline int kw_popcount(uint64_t value) { return __builtin_popcountll(value); }

#endif

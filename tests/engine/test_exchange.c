/* Exchanges by themselves: every amplitude names its index, so that each must be found where the swap sends it; chunks of
 * every size down to one amplitude; pair by pair and all to all. */
#include <stdlib.h>

#include "base/bits.h"
#include "base/comm_ops.h"
#include "engine/exchange.h"
#include "support/comm_threads.h"
#include "support/dense.h"
#include "support/run.h"
#include "support/world.h"

static kw_complex name_of(uint64_t index) { return (double)index + 0.5 * I; }

static void name_all(kw_state *state) {
    const uint64_t first = (uint64_t)state->comm->rank << state->n_local;
    for (uint64_t i = 0; i < kw_bit(state->n_local); ++i) {
        if (state->precision == KW_DOUBLE) ((double _Complex *)state->amplitudes)[i] = name_of(first | i);
        else ((float _Complex *)state->amplitudes)[i] = (float _Complex)name_of(first | i);
    }
}

static uint64_t swapped(uint64_t index, const kw_swap *swap) {
    for (int j = 0; j < swap->count; ++j) {
        const uint64_t a = kw_bit(swap->global[j]), b = kw_bit(swap->local[j]);
        if (!(index & a) != !(index & b)) index ^= a | b;
    }
    return index;
}

/* How many local amplitudes are not the ones that the swap sends here. */
static uint64_t misplaced(const kw_state *state, const kw_swap *swap) {
    const uint64_t first = (uint64_t)state->comm->rank << state->n_local;
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < kw_bit(state->n_local); ++i) {
        const kw_complex expected = name_of(swapped(first | i, swap));
        const kw_complex here = state->precision == KW_DOUBLE ? ((double _Complex *)state->amplitudes)[i]
                                                              : (kw_complex)((float _Complex *)state->amplitudes)[i];
        wrong += here != expected;
    }
    return wrong;
}

/* `count` pairs of random places: rank bits in any order, local ones anywhere. */
static kw_swap draw(int n, int n_local, int count, uint64_t *seed) {
    kw_swap swap = {.count = count};
    uint64_t used = 0;
    for (int j = 0; j < count; ++j)
        for (int side = 0; side < 2; ++side) {
            int at;
            do
                at = side ? n_local + (int)(dense_bits(seed) % (uint64_t)(n - n_local))
                          : (int)(dense_bits(seed) % (uint64_t)n_local);
            while (used & kw_bit(at));
            used |= kw_bit(at);
            *(side ? &swap.global[j] : &swap.local[j]) = at;
        }
    return swap;
}

typedef struct {
    int local;
    uint64_t wrong;
} outcome;

/* Groups that exchanges have asked for: only the all-to-all does. */
static int groups;
static const kw_comm_ops *real_ops;

static kw_status counted_split(kw_comm *comm, int colour, kw_comm **out) {
    ++groups;
    return real_ops->split(comm, colour, out);
}

static void exchange_all(kw_comm *comm, void *context) {
    outcome *o = context;
    const int rank_bits = kw_log2((uint64_t)kw_comm_size(comm)), n = o->local + rank_bits;
    uint64_t seed = 77, wrong = 0;
    for (int precision = KW_DOUBLE; precision <= KW_SINGLE; ++precision) {
        kw_state *state = test_state(comm, n, (kw_precision)precision, NULL);
        const uint64_t full = state->chunk_items;
        for (int count = 1; count <= rank_bits && count <= o->local; ++count)
            for (uint64_t chunk = full; chunk; chunk /= 2) {
                const kw_swap swap = draw(n, o->local, count, &seed);
                state->chunk_items = chunk;
                name_all(state);
                kw_state_exchange(state, &swap);
                wrong += misplaced(state, &swap);
                kw_state_exchange(state, &swap);
                wrong += misplaced(state, &(kw_swap){0});
            }
        kw_state_destroy(&state);
    }
    __atomic_add_fetch(&o->wrong, wrong, __ATOMIC_RELAXED);
}

static void among_the_ranks(void **unused) {
    (void)unused;
    for (int local = 3; local <= 13; local += 2) {
        outcome o = {.local = local};
        exchange_all(test_world(), &o);
        assert_int_equal(o.wrong, 0);
    }
}

static void among_virtual_ranks(void **unused) {
    (void)unused;
    for (int ranks = 2; ranks <= 16 && kw_comm_size(test_world()) == 1; ranks *= 2) {
        outcome o = {.local = 6};
        test_virtual_ranks(ranks, exchange_all, &o);
        assert_int_equal(o.wrong, 0);
    }
}

/* Both ways leave the same bits; the other one is asked for by its name, on any rank. */
static void all_to_all(void **unused) {
    (void)unused;
    kw_comm *world = test_world();
    kw_comm_ops ops = *world->ops;
    assert_int_equal(kw_exchange_chosen(), KW_EXCHANGE_PAIRS);
    if (kw_comm_rank(world) == 0) setenv("KETWALL_EXCHANGE", "alltoall", 1);
    real_ops = world->ops;
    ops.split = counted_split;
    world->ops = &ops;
    groups = 0;
    among_the_ranks(NULL);
    world->ops = real_ops;
    if (kw_comm_size(world) > 1) assert_true(groups > 0);
    among_virtual_ranks(NULL);
    setenv("KETWALL_EXCHANGE", "pigeons", 1);
    assert_int_equal(kw_exchange_chosen(), KW_EXCHANGE_UNKNOWN);
    unsetenv("KETWALL_EXCHANGE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(among_the_ranks),
        cmocka_unit_test(among_virtual_ranks),
        cmocka_unit_test(all_to_all),
    };
    return TEST_RUN("exchange", tests);
}

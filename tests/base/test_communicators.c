/* Communicators: one conformance suite for one process, MPI ranks and virtual ranks. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "support/comm_threads.h"
#include "support/world.h"

/* Every check counts here, so that the suite also runs on threads. */
typedef struct {
    int wrong;
} tally;

static void check(tally *t, bool ok) {
    if (!ok) __atomic_add_fetch(&t->wrong, 1, __ATOMIC_RELAXED);
}

static void collectives(kw_comm *comm, tally *t) {
    const int rank = kw_comm_rank(comm), size = kw_comm_size(comm);
    check(t, rank >= 0 && rank < size);
    for (int root = 0; root < size; root += 1 + size / 4) {
        int value[3] = {rank, 2 * rank, 7};
        kw_comm_broadcast(comm, value, sizeof value, root);
        check(t, value[0] == root && value[1] == 2 * root && value[2] == 7);
    }
    double sums[3] = {1.0, rank, 0.1 * rank};
    kw_comm_sum(comm, sums, 3);
    check(t, sums[0] == size && sums[1] == size * (size - 1) / 2.0);
    double same = sums[2];
    kw_comm_broadcast(comm, &same, sizeof same, 0);
    check(t, memcmp(&same, &sums[2], sizeof same) == 0);
    int64_t largest[2] = {rank, -rank};
    kw_comm_max(comm, largest, 2);
    check(t, largest[0] == size - 1 && largest[1] == 0);
}

/* A sum longer than whatever slices it is cut into. */
static void long_sum(kw_comm *comm, tally *t) {
    enum { COUNT = 9001 };
    double *values = malloc(COUNT * sizeof *values);
    if (!values) abort();
    for (int i = 0; i < COUNT; ++i) values[i] = (double)i * (kw_comm_rank(comm) + 1);
    kw_comm_sum(comm, values, COUNT);
    const double factor = kw_comm_size(comm) * (kw_comm_size(comm) + 1) / 2.0;
    bool right = true;
    for (int i = 0; i < COUNT; ++i) right &= values[i] == i * factor;
    check(t, right);
    free(values);
}

static void agreement(kw_comm *comm, tally *t) {
    const int rank = kw_comm_rank(comm), size = kw_comm_size(comm);
    check(t, kw_comm_agree(comm, KW_OK) == KW_OK);
    kw_status mine = KW_OK;
    if (rank == size - 1) mine = kw_fail(KW_E_INPUT, "rank %d has seen this", rank);
    if (rank == 0 && size > 1) mine = kw_fail(KW_E_ARG, "less severe");
    char expected[64];
    snprintf(expected, sizeof expected, "rank %d has seen this", size - 1);
    check(t, kw_comm_agree(comm, mine) == KW_E_INPUT);
    check(t, strcmp(kw_error_message(), expected) == 0);
    mine = kw_fail(KW_E_IO, "rank %d", rank);
    check(t, kw_comm_agree(comm, mine) == KW_E_IO);
    check(t, strcmp(kw_error_message(), "rank 0") == 0);
}

static void splitting(kw_comm *comm, tally *t) {
    const int rank = kw_comm_rank(comm), size = kw_comm_size(comm);
    kw_comm *part = NULL;
    check(t, kw_comm_split(comm, rank % 2, &part) == KW_OK);
    check(t, kw_comm_size(part) == (size + 1 - rank % 2) / 2 && kw_comm_rank(part) == rank / 2);
    collectives(part, t);
    double sum = rank;
    kw_comm_sum(part, &sum, 1);
    double expected = 0.0;
    for (int r = rank % 2; r < size; r += 2) expected += r;
    check(t, sum == expected);
    kw_comm_destroy(&part);
    check(t, part == NULL);
}

/* Items are doubles in an array that is sent and overwritten in place. */
typedef struct {
    double *items;
    uint64_t chunk, produced, unpacked;
    bool ordered;
} parcel;

static void pack(void *context, uint64_t first, uint64_t count, void *chunk) {
    parcel *p = context;
    p->ordered &= first == p->produced;
    p->produced += count;
    memcpy(chunk, p->items + first, count * sizeof *p->items);
}

static void unpack(void *context, uint64_t first, uint64_t count, const void *chunk) {
    parcel *p = context;
    p->ordered &= first == p->unpacked && first + count <= p->produced;
    p->unpacked += count;
    memcpy(p->items + first, chunk, count * sizeof *p->items);
}

/* Every other chunk lies ready to be sent. */
static void *slot(void *context, uint64_t first, uint64_t count) {
    parcel *p = context;
    if (first / p->chunk % 2) return NULL;
    p->ordered &= first == p->produced;
    p->produced += count;
    return p->items + first;
}

static void exchange_once(kw_comm *comm, tally *t, int peer, uint64_t count, uint64_t chunk, bool ready) {
    const int rank = kw_comm_rank(comm);
    double *items = malloc(count * sizeof *items), *work = malloc(4 * chunk * sizeof *work);
    if (!items || !work) abort();
    for (uint64_t i = 0; i < count; ++i) items[i] = 1e6 * rank + (double)i;
    parcel p = {items, chunk, 0, 0, true};
    const kw_exchange exchange = {.peer = peer,
                                  .items = count,
                                  .item_bytes = sizeof *items,
                                  .chunk_items = chunk,
                                  .slot = ready ? slot : NULL,
                                  .pack = pack,
                                  .unpack = unpack,
                                  .context = &p,
                                  .work = work};
    kw_comm_exchange(comm, &exchange);
    bool right = p.ordered && p.unpacked == count;
    for (uint64_t i = 0; i < count; ++i) right &= items[i] == 1e6 * peer + (double)i;
    check(t, right);
    free(items);
    free(work);
}

static void exchanges(kw_comm *comm, tally *t) {
    const int rank = kw_comm_rank(comm), size = kw_comm_size(comm);
    for (int pattern = 1; pattern < size; pattern = pattern < 8 ? pattern + 1 : 2 * pattern) {
        const int peer = rank ^ pattern;
        if (peer >= size) continue;
        for (int ready = 0; ready < 2; ++ready) {
            exchange_once(comm, t, peer, 1, 1, ready);
            exchange_once(comm, t, peer, 1000, 1000, ready);
            exchange_once(comm, t, peer, 1000, 64, ready);
            exchange_once(comm, t, peer, 300, 1, ready);
        }
    }
}

/* What rank r sends to rank s says so. */
static void all_to_all(kw_comm *comm, tally *t) {
    enum { EACH = 3 };
    const int rank = kw_comm_rank(comm), size = kw_comm_size(comm);
    double *send = malloc((size_t)size * EACH * sizeof *send), *receive = malloc((size_t)size * EACH * sizeof *receive);
    if (!send || !receive) abort();
    for (int i = 0; i < size * EACH; ++i) send[i] = 1e6 * rank + i;
    kw_comm_alltoall(comm, send, receive, EACH * sizeof *send);
    bool right = true;
    for (int r = 0; r < size; ++r)
        for (int i = 0; i < EACH; ++i) right &= receive[r * EACH + i] == 1e6 * r + rank * EACH + i;
    check(t, right);
    free(send);
    free(receive);
}

static void suite(kw_comm *comm, void *context) {
    collectives(comm, context);
    long_sum(comm, context);
    agreement(comm, context);
    splitting(comm, context);
    exchanges(comm, context);
    all_to_all(comm, context);
}

static void world_conforms(void **unused) {
    (void)unused;
    tally t = {0};
    suite(test_world(), &t);
    assert_int_equal(t.wrong, 0);
}

static void self_conforms(void **unused) {
    (void)unused;
    tally t = {0};
    assert_int_equal(kw_comm_size(kw_comm_self()), 1);
    suite(kw_comm_self(), &t);
    assert_int_equal(t.wrong, 0);
}

static void virtual_ranks_conform(void **unused) {
    (void)unused;
    static const int sizes[] = {1, 2, 3, 8, 33};
    tally t = {0};
    if (kw_comm_rank(test_world()) > 0) return;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) test_virtual_ranks(sizes[s], suite, &t);
    assert_int_equal(t.wrong, 0);
}

static void small_suite(kw_comm *comm, void *context) {
    collectives(comm, context);
    agreement(comm, context);
    splitting(comm, context);
    exchange_once(comm, context, kw_comm_rank(comm) ^ 513, 10, 3, false);
}

static void a_thousand_virtual_ranks_conform(void **unused) {
    (void)unused;
    tally t = {0};
    if (kw_comm_size(test_world()) > 1) return;
    test_virtual_ranks(1024, small_suite, &t);
    assert_int_equal(t.wrong, 0);
}

/* A build without MPI says so; one with MPI refuses what is not between MPI_Init and MPI_Finalize (the installed programs'
 * check sees the rest). */
static void mpi_is_told(void **unused) {
    (void)unused;
    kw_comm *comm = NULL;
    if (kw_has_mpi()) return;
    assert_int_equal(kw_comm_size(test_world()), 1);
    assert_int_equal(kw_comm_from_mpi(0, &comm), KW_E_ARG);
    assert_non_null(strstr(kw_error_message(), "KETWALL_MPI"));
    assert_null(comm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(world_conforms),        cmocka_unit_test(self_conforms),
        cmocka_unit_test(virtual_ranks_conform), cmocka_unit_test(a_thousand_virtual_ranks_conform),
        cmocka_unit_test(mpi_is_told),
    };
    return TEST_RUN("comm", tests);
}

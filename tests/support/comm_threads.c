/* Virtual ranks: kw_comm over threads.  Collectives publish a pointer per rank between two barriers; a pairwise exchange
 * goes through one outbox per rank, chunk by chunk. */
#include "support/comm_threads.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#ifdef _OPENMP
#    include <omp.h>
#endif

#include "base/comm_ops.h"

typedef struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    const void *chunk; /* NULL: empty */
    int to;
} outbox;

typedef struct {
    int size, users;
    pthread_mutex_t mutex;
    pthread_barrier_t barrier;
    const void **published; /* one pointer per rank */
    outbox *boxes;
} group;

typedef struct {
    kw_comm comm; /* first: the library sees this part */
    group *shared;
} rank_comm;

static const kw_comm_ops thread_ops;

static group *shared_of(const kw_comm *comm) { return ((const rank_comm *)comm)->shared; }
static void meet(const kw_comm *comm) { pthread_barrier_wait(&shared_of(comm)->barrier); }

static void *must_alloc(size_t bytes) {
    void *block = calloc(1, bytes ? bytes : 1);
    if (!block) abort();
    return block;
}

static group *group_create(int size) {
    group *g = must_alloc(sizeof *g);
    g->size = g->users = size;
    pthread_mutex_init(&g->mutex, NULL);
    pthread_barrier_init(&g->barrier, NULL, (unsigned)size);
    g->published = must_alloc((size_t)size * sizeof *g->published);
    g->boxes = must_alloc((size_t)size * sizeof *g->boxes);
    for (int r = 0; r < size; ++r) {
        pthread_mutex_init(&g->boxes[r].mutex, NULL);
        pthread_cond_init(&g->boxes[r].changed, NULL);
    }
    return g;
}

static void group_destroy(group *g) {
    for (int r = 0; r < g->size; ++r) {
        pthread_cond_destroy(&g->boxes[r].changed);
        pthread_mutex_destroy(&g->boxes[r].mutex);
    }
    pthread_barrier_destroy(&g->barrier);
    pthread_mutex_destroy(&g->mutex);
    free(g->boxes);
    free((void *)g->published);
    free(g);
}

static kw_comm *rank_create(group *g, int rank) {
    rank_comm *self = must_alloc(sizeof *self);
    self->comm = (kw_comm){&thread_ops, rank, g->size};
    self->shared = g;
    return &self->comm;
}

/* The last rank to leave takes the group along. */
static void rank_destroy(kw_comm *comm) {
    group *g = shared_of(comm);
    pthread_mutex_lock(&g->mutex);
    const int left = --g->users;
    pthread_mutex_unlock(&g->mutex);
    if (left == 0) group_destroy(g);
    free(comm);
}

static void publish(kw_comm *comm, const void *pointer) {
    shared_of(comm)->published[comm->rank] = pointer;
    meet(comm);
}

static void threads_broadcast(kw_comm *comm, void *buffer, size_t bytes, int root) {
    publish(comm, buffer);
    if (comm->rank != root) memcpy(buffer, shared_of(comm)->published[root], bytes);
    meet(comm);
}

static void threads_allgather(kw_comm *comm, const void *in, void *out, size_t bytes) {
    publish(comm, in);
    for (int r = 0; r < comm->size; ++r) memcpy((char *)out + (size_t)r * bytes, shared_of(comm)->published[r], bytes);
    meet(comm);
}

static void threads_alltoall(kw_comm *comm, const void *in, void *out, size_t bytes) {
    publish(comm, in);
    for (int r = 0; r < comm->size; ++r)
        memcpy((char *)out + (size_t)r * bytes, (const char *)shared_of(comm)->published[r] + (size_t)comm->rank * bytes,
               bytes);
    meet(comm);
}

static void threads_max(kw_comm *comm, int64_t *values, size_t count) {
    int64_t *largest = must_alloc(count * sizeof *largest);
    memcpy(largest, values, count * sizeof *largest);
    publish(comm, values);
    for (int r = 0; r < comm->size; ++r) {
        const int64_t *other = shared_of(comm)->published[r];
        for (size_t i = 0; i < count; ++i)
            if (other[i] > largest[i]) largest[i] = other[i];
    }
    meet(comm);
    memcpy(values, largest, count * sizeof *largest);
    free(largest);
}

/* The lowest rank of a colour makes the new group and publishes it. */
static kw_status threads_split(kw_comm *comm, int colour, kw_comm **out) {
    int *colours = must_alloc((size_t)comm->size * sizeof *colours);
    threads_allgather(comm, &colour, colours, sizeof colour);
    int members = 0, rank = 0, first = -1;
    for (int r = 0; r < comm->size; ++r) {
        if (colours[r] != colour) continue;
        if (first < 0) first = r;
        if (r < comm->rank) ++rank;
        ++members;
    }
    publish(comm, first == comm->rank ? group_create(members) : NULL);
    group *mine = (group *)(uintptr_t)shared_of(comm)->published[first];
    meet(comm);
    *out = rank_create(mine, rank);
    free(colours);
    return KW_OK;
}

static void post(outbox *box, int to, const void *chunk) {
    pthread_mutex_lock(&box->mutex);
    box->chunk = chunk;
    box->to = to;
    pthread_cond_broadcast(&box->changed);
    pthread_mutex_unlock(&box->mutex);
}

static const void *await_chunk(outbox *box, int to) {
    pthread_mutex_lock(&box->mutex);
    while (!box->chunk || box->to != to) pthread_cond_wait(&box->changed, &box->mutex);
    const void *chunk = box->chunk;
    pthread_mutex_unlock(&box->mutex);
    return chunk;
}

static void await_empty(outbox *box) {
    pthread_mutex_lock(&box->mutex);
    while (box->chunk) pthread_cond_wait(&box->changed, &box->mutex);
    pthread_mutex_unlock(&box->mutex);
}

static void threads_exchange(kw_comm *comm, const kw_exchange *exchange) {
    outbox *mine = &shared_of(comm)->boxes[comm->rank], *theirs = &shared_of(comm)->boxes[exchange->peer];
    for (uint64_t first = 0; first < exchange->items; first += exchange->chunk_items) {
        const uint64_t left = exchange->items - first;
        const uint64_t count = left < exchange->chunk_items ? left : exchange->chunk_items;
        char *const sent = exchange->work, *const received = sent + exchange->chunk_items * exchange->item_bytes;
        const void *from = exchange->slot ? exchange->slot(exchange->context, first, count) : NULL;
        if (!from) exchange->pack(exchange->context, first, count, sent);
        post(mine, exchange->peer, from ? from : sent);
        memcpy(received, await_chunk(theirs, comm->rank), count * exchange->item_bytes);
        post(theirs, comm->rank, NULL);
        await_empty(mine); /* the peer has its copy: what stands there may be overwritten */
        exchange->unpack(exchange->context, first, count, received);
    }
}

static const kw_comm_ops thread_ops = {
    .destroy = rank_destroy,
    .split = threads_split,
    .broadcast = threads_broadcast,
    .allgather = threads_allgather,
    .alltoall = threads_alltoall,
    .max = threads_max,
    .exchange = threads_exchange,
};

typedef struct {
    kw_comm *comm;
    void (*body)(kw_comm *comm, void *context);
    void *context;
} thread_start;

static void *thread_main(void *argument) {
    thread_start *start = argument;
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    start->body(start->comm, start->context);
    kw_comm_destroy(&start->comm);
    return NULL;
}

void test_virtual_ranks(int ranks, void (*body)(kw_comm *comm, void *context), void *context) {
    enum { STACK_BYTES = 512 << 10 };
    group *g = group_create(ranks);
    thread_start *starts = must_alloc((size_t)ranks * sizeof *starts);
    pthread_t *threads = must_alloc((size_t)ranks * sizeof *threads);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, STACK_BYTES)) abort();
    for (int r = 0; r < ranks; ++r) starts[r] = (thread_start){rank_create(g, r), body, context};
    for (int r = 0; r < ranks; ++r)
        if (pthread_create(&threads[r], &attributes, thread_main, &starts[r])) abort();
    for (int r = 0; r < ranks; ++r) pthread_join(threads[r], NULL);
    pthread_attr_destroy(&attributes);
    free(threads);
    free(starts);
}

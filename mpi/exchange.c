/* The pairwise exchange: chunks packed (or sent from where they are), received and unpacked in a pipeline of two buffers
 * each way.
 *
 *   chunk j   pack(j) | Isend(j), Irecv(j) ........ | wait, unpack(j)
 *   chunk j+1          | pack(j+1) | Isend, Irecv ....
 */
#include "mpi_internal.h"

enum { TAG_EXCHANGE = 64 }; /* chunk j travels under TAG_EXCHANGE + j % TAG_SPAN: unique among those in flight */
enum { TAG_SPAN = 1024 };

typedef struct {
    const kw_exchange *exchange;
    MPI_Comm handle;
    char *send[2], *receive[2];
    MPI_Request requests[2][2];
} pipeline;

static uint64_t items_of(const kw_exchange *x, uint64_t chunk) {
    const uint64_t first = chunk * x->chunk_items;
    return x->items - first < x->chunk_items ? x->items - first : x->chunk_items;
}

static void post(pipeline *p, uint64_t chunk) {
    const kw_exchange *x = p->exchange;
    const int slot = (int)(chunk & 1), tag = TAG_EXCHANGE + (int)(chunk % TAG_SPAN);
    const uint64_t count = items_of(x, chunk);
    const int bytes = (int)(count * x->item_bytes);
    MPI_Irecv(p->receive[slot], bytes, MPI_BYTE, x->peer, tag, p->handle, &p->requests[slot][0]);
    const void *from = x->slot ? x->slot(x->context, chunk * x->chunk_items, count) : NULL;
    if (!from) {
        x->pack(x->context, chunk * x->chunk_items, count, p->send[slot]);
        from = p->send[slot];
    }
    MPI_Isend(from, bytes, MPI_BYTE, x->peer, tag, p->handle, &p->requests[slot][1]);
}

void kw_mpi_exchange(kw_comm *comm, const kw_exchange *x) {
    const uint64_t chunks = (x->items + x->chunk_items - 1) / x->chunk_items;
    const size_t bytes = x->chunk_items * x->item_bytes;
    char *work = x->work;
    pipeline p = {.exchange = x,
                  .handle = kw_mpi_handle(comm),
                  .send = {work, work + bytes},
                  .receive = {work + 2 * bytes, work + 3 * bytes}};
    if (chunks) post(&p, 0);
    for (uint64_t chunk = 0; chunk < chunks; ++chunk) {
        if (chunk + 1 < chunks) post(&p, chunk + 1);
        MPI_Waitall(2, p.requests[chunk & 1], MPI_STATUSES_IGNORE);
        x->unpack(x->context, chunk * x->chunk_items, items_of(x, chunk), p.receive[chunk & 1]);
    }
}

/* F0  What every communicator has in common: fixed-order sums and agreement, on top of its operations. */
#include <string.h>

#include "base/comm_ops.h"
#include "base/error.h"

int kw_comm_rank(const kw_comm *comm) { return comm->rank; }
int kw_comm_size(const kw_comm *comm) { return comm->size; }

kw_status kw_comm_check_size(int ranks) {
    int below = 1;
    while (2 * below <= ranks) below *= 2;
    if (below == ranks) return KW_OK;
    return kw_fail(KW_E_ARG, "%d ranks: a power of two is needed; the nearest are %d and %d", ranks, below, 2 * below);
}

void kw_comm_destroy(kw_comm **comm) {
    if (*comm) (*comm)->ops->destroy(*comm);
    *comm = NULL;
}

kw_status kw_comm_split(kw_comm *comm, int colour, kw_comm **out) {
    kw_comm *part = NULL;
    const kw_status status = kw_comm_agree(comm, comm->ops->split(comm, colour, &part)); /* parts may differ */
    if (status == KW_OK) *out = part;
    else kw_comm_destroy(&part);
    return status;
}

void kw_comm_broadcast(kw_comm *comm, void *buffer, size_t bytes, int root) {
    if (comm->size > 1) comm->ops->broadcast(comm, buffer, bytes, root);
}

void kw_comm_max(kw_comm *comm, int64_t *values, size_t count) {
    if (comm->size > 1) comm->ops->max(comm, values, count);
}

void kw_comm_alltoall(kw_comm *comm, const void *send, void *receive, size_t bytes) {
    comm->ops->alltoall(comm, send, receive, bytes);
}

void kw_comm_exchange(kw_comm *comm, const kw_exchange *exchange) { comm->ops->exchange(comm, exchange); }

/* Pairwise sum over ranks of gathered slices: ((r0 + r1) + (r2 + r3)) + ..., the same bits on every rank. */
void kw_comm_sum(kw_comm *comm, double *values, size_t count) {
    enum { GATHERED = 4096 };
    if (comm->size == 1) return;
    const size_t ranks = (size_t)comm->size;
    const size_t slice = GATHERED / ranks ? GATHERED / ranks : 1;
    double all[GATHERED > KW_MAX_RANKS ? GATHERED : KW_MAX_RANKS];
    for (size_t first = 0; first < count; first += slice) {
        const size_t here = count - first < slice ? count - first : slice;
        comm->ops->allgather(comm, values + first, all, here * sizeof *all);
        for (size_t width = 1; width < ranks; width *= 2)
            for (size_t r = 0; r + width < ranks; r += 2 * width)
                for (size_t i = 0; i < here; ++i) all[r * here + i] += all[(r + width) * here + i];
        memcpy(values + first, all, here * sizeof *all);
    }
}

kw_status kw_comm_agree(kw_comm *comm, kw_status status) {
    if (comm->size == 1) return status;
    /* largest status first; among equals the lowest rank */
    const int64_t mine = ((int64_t)status << 32) | (int64_t)(comm->size - comm->rank);
    int64_t worst = mine;
    comm->ops->max(comm, &worst, 1);
    const kw_status common = (kw_status)(worst >> 32);
    if (common == KW_OK) return KW_OK;
    char text[KW_MESSAGE_BYTES];
    strncpy(text, kw_error_message(), sizeof text - 1);
    text[sizeof text - 1] = '\0';
    comm->ops->broadcast(comm, text, sizeof text, comm->size - (int)(worst & 0xffffffff));
    return kw_fail(common, "%s", text);
}

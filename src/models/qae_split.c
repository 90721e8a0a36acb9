/* F4  Which members of an ensemble are set aside for testing. */
#include <stdlib.h>

#include "base/error.h"
#include "base/rng.h"
#include "models/qae_forecast.h"

typedef struct {
    uint64_t key;
    int member;
} ticket;

static int compare(const void *left, const void *right) {
    const ticket *a = left, *b = right;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return (a->member > b->member) - (a->member < b->member);
}

kw_status kw_qae_split(const kw_qae_config *config, int members, int *member_at) {
    const kw_rng rng = kw_rng_make(config->training.seed, KW_STREAM_SPLIT, 0);
    ticket *tickets = malloc((size_t)members * sizeof *tickets);
    bool *is_test = calloc((size_t)members, sizeof *is_test);
    const bool room = tickets && is_test;
    for (int i = 0; room && i < members; ++i) tickets[i] = (ticket){kw_rng_bits(&rng, (uint64_t)i), i};
    if (room) {
        qsort(tickets, (size_t)members, sizeof *tickets, compare);
        for (int k = 0; k < config->test_members; ++k) is_test[tickets[k].member] = true;
        int train = 0, test = members - config->test_members;
        for (int i = 0; i < members; ++i) member_at[is_test[i] ? test++ : train++] = i;
    }
    free(is_test);
    free(tickets);
    return room ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for %d members", members);
}

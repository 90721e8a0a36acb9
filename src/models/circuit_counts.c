/* F4  From the outcomes of shots to counts by key. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "circuit/program_internal.h"
#include "models/circuit_run_internal.h"

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b) { return strcmp(((const kw_count *)a)->bits, ((const kw_count *)b)->bits); }

const char *kw_outcome_text(const kw_run_result *result, uint64_t outcome, char *bits) {
    const int count = kw_log2(result->n_probabilities);
    for (int j = 0; j < count; ++j) bits[count - 1 - j] = (char)('0' + (outcome >> j & 1));
    bits[count] = '\0';
    return bits;
}

/* Outcomes are those of classical bits, or of qubits. */
typedef struct {
    uint64_t outcome;
    const int *qubit_of_bit; /* or NULL */
} reading;

static int bit_of(const void *context, int bit) {
    const reading *r = context;
    const int at = r->qubit_of_bit ? r->qubit_of_bit[bit] : bit;
    return at < 0 ? 0 : (int)(r->outcome >> at & 1);
}

/* NULL if there is no memory. */
static char *make_key(const kw_run_job *j, uint64_t outcome) {
    const reading r = {outcome, j->qubit_of_bit};
    const size_t size = kw_program_spell_key(j->program, j->all_qubits, bit_of, &r, NULL, 0) + 1;
    char *key = malloc(size);
    if (key) kw_program_spell_key(j->program, j->all_qubits, bit_of, &r, key, size);
    return key;
}

kw_status kw_run_count(kw_run_job *j) {
    const uint64_t shots = j->request->shots;
    kw_run_result *result = j->result;
    uint64_t *sorted = j->outcomes;
    qsort(sorted, shots, sizeof *sorted, by_value);
    size_t distinct = 0;
    for (uint64_t i = 0; i < shots; ++i) distinct += !i || sorted[i] != sorted[i - 1];
    result->counts = calloc(distinct + 1, sizeof *result->counts);
    if (!result->counts) return kw_fail(KW_E_NOMEM, "no memory for %zu counts", distinct);
    for (uint64_t i = 0; i < shots; ++i) {
        if (!i || sorted[i] != sorted[i - 1]) {
            kw_count *count = &result->counts[result->n_counts];
            count->bits = make_key(j, sorted[i]);
            if (!count->bits) return kw_fail(KW_E_NOMEM, "no memory for %zu counts", distinct);
            ++result->n_counts;
        }
        ++result->counts[result->n_counts - 1].shots;
    }
    qsort(result->counts, result->n_counts, sizeof *result->counts, by_key);
    return KW_OK;
}

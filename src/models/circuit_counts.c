/* F4  From the outcomes of shots to counts by key. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
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

static int bit_of(const kw_run_job *j, uint64_t outcome, int bit) {
    const int at = j->qubit_of_bit ? j->qubit_of_bit[bit] : bit;
    return at < 0 ? 0 : (int)(outcome >> at & 1);
}

/* Registers from last to first, each with its highest bit first; NULL if there is no memory. */
static char *make_key(const kw_run_job *j, uint64_t outcome) {
    const kw_register *registers;
    int count = kw_program_registers(j->program, &registers);
    const kw_register all = {"", j->result->qubits, 0};
    if (j->all_qubits) registers = &all, count = 1;
    char *key = malloc((size_t)registers[count - 1].offset + (size_t)registers[count - 1].size + (size_t)count), *at = key;
    for (int r = count; key && r-- > 0;) {
        for (int b = registers[r].size; b-- > 0;) *at++ = (char)('0' + bit_of(j, outcome, registers[r].offset + b));
        *at++ = r ? ' ' : '\0';
    }
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

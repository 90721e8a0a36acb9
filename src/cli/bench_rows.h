/* F6  Results of ketwall bench: rows on the terminal, in JSON, in HDF5. */
#ifndef KW_BENCH_ROWS_H
#define KW_BENCH_ROWS_H

#include <jansson.h>

#include "studies/bench.h"

typedef enum { KW_SCALING_NONE, KW_SCALING_STRONG, KW_SCALING_WEAK } kw_scaling;

typedef struct {
    kw_bench_request request;
    kw_bench_result result;
    kw_scaling scaling;
    double efficiency; /* beside one rank of the same benchmark; NaN: not asked for */
} kw_bench_row;

typedef struct {
    kw_bench_row *items;
    size_t count, capacity;
    double seconds; /* of all of them, preparations included */
} kw_bench_rows;

/** Fills in the efficiency from the rows before, and appends.                       @local  @return KW_OK, KW_E_NOMEM */
kw_status kw_bench_rows_append(kw_bench_rows *rows, const kw_bench_row *row);
void kw_bench_rows_free(kw_bench_rows *rows);

/** The table's head; one row; behind the cases of a kind, their shares of the probe's bandwidth.                 @local */
void kw_bench_print_head(const kw_bench_row *first);
void kw_bench_print_row(const kw_bench_row *row);
void kw_bench_print_cases(const kw_bench_row *rows, size_t count);

/** @param[in] command  the command line, for the provenance; NULL: not known */
json_t *kw_bench_json(const kw_bench_rows *rows, const char *command);

/** dir/result.json, which ketwall report reads, and dir/bench.h5: a column of numbers per entry of the rows.     @local
 *  @return KW_OK, KW_E_INPUT, KW_E_IO, KW_E_NOMEM */
kw_status kw_bench_write(const kw_bench_rows *rows, const char *command, const char *dir);

#endif

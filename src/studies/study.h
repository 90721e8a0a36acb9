/* F5  What a study is: one static table that its run, the terminal, the HDF5 file and the report all read. */
#ifndef KW_STUDY_H
#define KW_STUDY_H

#include <jansson.h>

#include "io/config.h"
#include "studies/sweep.h"

enum { KW_STUDY_FIELDS = 40 /* of one study, at most */ };

/* What a member of a row is for. */
typedef enum {
    KW_FIELD_GROUP, /* says what was measured: rows that share all of these differ by their seeds alone */
    KW_FIELD_VALUE  /* was measured: told as mean and sample deviation over the seeds */
} kw_field_role;

/* How it is written for people. */
typedef enum {
    KW_FIELD_TEXT,
    KW_FIELD_NUMBER,
    KW_FIELD_FIDELITY, /* digits until it differs from 1 */
    KW_FIELD_SMALL,    /* 2.1e-8 */
    KW_FIELD_BYTES,
    KW_FIELD_SECONDS
} kw_field_format;

typedef struct {
    const char *key, *heading;
    kw_field_role role;
    kw_field_format format;
} kw_study_field;

/* A figure of means over the seeds, with a band of a deviation on either side.  Names are keys of rows; NULL: none. */
typedef struct {
    const char *name, *caption; /* caption: HTML */
    const char *x, *x_label, *y, *y_label;
    const char *series;                /* one line per value of this member; NULL: one line */
    const char *panel;                 /* one figure per value of this member; NULL: one figure */
    const char *bound, *bound_label;   /* the exact value, drawn dashed, or dotted per series where they differ */
    const char *only_key, *only_value; /* rows that are drawn: text equal to; NULL: all with both numbers */
    bool log_x, log_y;
} kw_study_figure;

typedef struct {
    const char *name, *title;
    const char *question; /* HTML: what it asks, and how it counts */
    const kw_option *options;
    size_t option_count;
    const kw_study_field *fields; /* columns, the groups first */
    size_t field_count;
    const char *section; /* one table per value of this group; NULL: one table */
    const kw_study_figure *figures;
    size_t figure_count;
    bool ranks_matter; /* rows of another number of ranks are other rows */
    /** Checks the values of its own keys and makes the rows, by kw_sweep_rows.                             @collective */
    kw_status (*run)(kw_sweep *sweep);
    /** Appends what the rows say, by kw_study_find_out, on rank 0; NULL: nothing.                               @local */
    void (*conclude)(const json_t *rows, json_t *findings);
} kw_study;

/* Members that follow from arrays of these names. */
#define KW_STUDY_TABLES                                                                                                     \
    .options = options, .option_count = sizeof options / sizeof *options, .fields = fields,                                 \
    .field_count = sizeof fields / sizeof *fields, .figures = figures, .figure_count = sizeof figures / sizeof *figures

/* X(identifier): every study is the constant kw_study_<identifier> of its own file. */
#define KW_STUDY_LIST(X)                                                                                                    \
    X(memory_wall)                                                                                                          \
    X(compressors)                                                                                                          \
    X(no_cloning)                                                                                                           \
    X(non_locality)                                                                                                         \
    X(unitarity)                                                                                                            \
    X(barren_qae)                                                                                                           \
    X(romero)                                                                                                               \
    X(families)

#define KW_STUDY_DECLARE(identifier) extern const kw_study kw_study_##identifier;
KW_STUDY_LIST(KW_STUDY_DECLARE)
#undef KW_STUDY_DECLARE

/* Keys of every study, first in its table. */
#define KW_STUDY_OPTIONS(directory)                                                                                         \
    {"run.dir", KW_OPTION_TEXT, directory, 0, 0, NULL, "", "directory of the results"},                                     \
        {"run.seed", KW_OPTION_INT, "1", 0, 9007199254740992.0, NULL, "", "first seed"},                                    \
        {"run.max_wall_s", KW_OPTION_REAL, "0", 0, 1e9, NULL, "s", "stop between rows after this time; 0: never"}, {        \
        "run.memory_per_rank", KW_OPTION_BYTES, "auto", 0, 0, NULL, "", "memory a rank may use; auto: what the node has"    \
    }

/** Study number i; NULL behind the last.                                                                         @local */
const kw_study *kw_study_at(size_t i);
/** The study of a name; NULL: none.                                                                              @local */
const kw_study *kw_study_find(const char *name);

/** The whole study: rows that are missing, findings, run.dir/result.json and run.dir/study.h5.
 *  @param[out] result  on rank 0: what result.json holds (new reference)
 *  @return KW_OK, KW_E_STOPPED (what is measured is kept), KW_E_INPUT (run.dir holds rows of other settings), KW_E_IO,
 *          KW_E_NOMEM, or what the study's rows return                                                      @collective */
kw_status kw_study_run(const kw_study *study, kw_comm *world, const kw_config *config, const kw_sweep_request *request,
                       json_t **result);

/** One finding: a claim, the experiment that tests it, its number in words, and the verdict, "holds", "holds only if ..."
 *  or "does not hold".                                                                                           @local */
void kw_study_find_out(json_t *findings, const char *claim, const char *experiment, const char *number, const char *verdict);

#define KW_STUDY_ROUNDING 1e-14 /* deviations smaller than this, relative to the mean, are rounding: not told */

/** A row's number, NaN if it has none; its text, "" if it has none; whether that is `text`.                      @local */
double kw_study_number(const json_t *row, const char *key);
const char *kw_study_text(const json_t *row, const char *key);
bool kw_study_is(const json_t *row, const char *key, const char *text);

/* Rows of equal groups: counts, means and deviations over their seeds. */
typedef struct {
    const kw_study *study;
    const json_t *row; /* the first of them */
    size_t rows;
    double *mean, *deviation; /* (field_count); NaN: no such number, or one row */
} kw_study_group;

/** Groups in the order of their first rows; free with kw_study_groups_free.
 *  @return KW_OK, KW_E_NOMEM                                                                                     @local */
kw_status kw_study_groups(const kw_study *study, const json_t *rows, kw_study_group **out, size_t *count);
void kw_study_groups_free(kw_study_group *groups, size_t count);

/** The mean of a field; NaN: it has none, or there is no such field.                                              @local */
double kw_study_mean(const kw_study_group *group, const char *key);

/** Number of the field `key`; field_count: there is none.                                                        @local */
size_t kw_study_field_of(const kw_study *study, const char *key);

#endif

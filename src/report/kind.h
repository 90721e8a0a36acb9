/* F5  What belongs to one kind of run: what its files hold, and how the report words and draws it. */
#ifndef KW_KIND_H
#define KW_KIND_H

#include <stdio.h>

#include "models/training.h"
#include "report/run.h"
#include "report/table.h"

enum { KW_KIND_HEADS = 12 }; /* columns of a comparison that belong to the kind */

/* X(verb), in the order of the report's comparisons */
#define KW_KIND_LIST(X)                                                                                                     \
    X(qae)                                                                                                                  \
    X(vqe)                                                                                                                  \
    X(train)                                                                                                                \
    X(bench)                                                                                                                \
    X(study)                                                                                                                \
    X(sweep)
#define KW_KIND_FORMAT(verb) "ketwall-" #verb "-result"

/* For a kind's list of X(CONSTANT, "name in metrics.jsonl"): enumerators, and the names behind KW_ROW_COMMON. */
#define KW_KIND_STEP_CONSTANT(constant, name) constant,
#define KW_KIND_STEP_NAME(constant, name)     " " name

typedef struct {
    const char *name, *caption;                  /* caption: HTML */
    int height;                                  /* of 900 wide */
    bool (*write)(const kw_run *run, FILE *out); /* gnuplot script; false: the run has no such data */
} kw_figure;

/* A figure that the run decides on. */
typedef struct {
    char name[32], caption[1024]; /* caption: HTML */
    int height;
} kw_figure_words;

struct kw_kind {
    const char *format; /* of result.json: KW_KIND_FORMAT */
    int version;
    const char *columns;     /* of metrics.jsonl, KW_ROW_COMMON first, separated by spaces; NULL: nothing is trained */
    const char *title;       /* of a report that holds this kind alone */
    const char *name;        /* heading of its comparison in a report of several kinds */
    const char *explanation; /* HTML: the words of the comparison */
    const kw_table_head *heads;
    size_t head_count;                                   /* at most KW_KIND_HEADS */
    void (*compare)(const kw_run *run, kw_table *table); /* one cell per head */
    void (*circuit)(const kw_run *run, kw_table *table); /* that cell; NULL: ansatz x layers, angles */
    void (*headline)(const kw_run *run, FILE *out);
    void (*tiles)(const kw_run *run, FILE *out);
    void (*results)(const kw_run *run, FILE *out); /* beside what the run took; NULL: none */
    void (*lists)(const kw_run *run, FILE *out);   /* further tables; NULL: none */
    void (*data)(const kw_run *run, FILE *out);    /* further CSV behind the training curve's; NULL: none */
    const kw_figure *figures;
    size_t figure_count;
    bool fixed; /* their scripts count on 900 units of width */
    /* figures behind those: script of number i, whatever there is to draw; false: there is no figure i.  NULL: none */
    bool (*draw)(const kw_run *run, size_t i, kw_figure_words *words, FILE *out);
};

#define KW_KIND_DECLARE(verb) extern const kw_kind kw_kind_##verb;
KW_KIND_LIST(KW_KIND_DECLARE)
#undef KW_KIND_DECLARE

/** The kind whose result.json has this format; NULL: none, or format is NULL.                                    @local */
const kw_kind *kw_kind_find(const char *format);
/** All formats, for messages.                                                                                    @local */
const char *kw_kind_formats(void);

/** Kind number i in the order of the report's comparisons; NULL behind the last.                                 @local */
const kw_kind *kw_kind_at(size_t i);

#endif

/* F5  HTML tables and tiles: one that gets no row leaves no empty table behind. */
#ifndef KW_TABLE_H
#define KW_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "report/html.h"

typedef struct {
    const char *text;
    bool numeric;
} kw_table_head;

typedef struct {
    FILE *out;
    const kw_table_head *heads;
    size_t count;
    bool open; /* has a row */
} kw_table;

/** `heads` must live as long as the table.                                                                       @local */
kw_table kw_table_begin(FILE *out, const kw_table_head *heads, size_t count);
/** Without any row: a line that says so.                                                                         @local */
void kw_table_end(kw_table *table);

/** Opens a row; name NULL: the caller writes its first cell.                                                     @local */
void kw_table_row(kw_table *table, const char *name);
void kw_table_number(kw_table *table, kw_number_text number);
void kw_table_text(kw_table *table, const char *text);
void kw_table_format(kw_table *table, bool numeric, const char *format, ...) __attribute__((format(printf, 3, 4)));
void kw_table_row_end(kw_table *table);

/** A row of a name and one number; nothing for a number that is not known.                                       @local */
void kw_table_pair(kw_table *table, const char *name, kw_number_text number);
void kw_table_text_pair(kw_table *table, const char *name, const char *text);

/** A tile, between kw_tiles_begin and kw_tiles_end; nothing for a number that is not known.                      @local */
void kw_tiles_begin(FILE *out);
void kw_tile(FILE *out, const char *name, kw_number_text value);
void kw_tiles_end(FILE *out);

#endif

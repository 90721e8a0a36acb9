/* F5  HTML tables and tiles. */
#include "report/table.h"

#include <stdarg.h>

kw_table kw_table_begin(FILE *out, const kw_table_head *heads, size_t count) {
    return (kw_table){.out = out, .heads = heads, .count = count, .open = false};
}

static void write_heads(const kw_table *t) {
    fputs("<div class=\"scroll\"" KW_HTML_SCROLL "><table>\n<thead><tr>", t->out);
    for (size_t i = 0; i < t->count; ++i) {
        fputs(t->heads[i].numeric ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">", t->out);
        if (*t->heads[i].text) kw_html_text(t->out, t->heads[i].text);
        fputs("</th>", t->out);
    }
    fputs("</tr></thead>\n<tbody>\n", t->out);
}

void kw_table_end(kw_table *t) {
    fputs(t->open ? "</tbody>\n</table></div>\n" : "<p class=\"soft\">The files hold nothing for this table.</p>\n", t->out);
}

void kw_table_row(kw_table *t, const char *name) {
    if (!t->open) write_heads(t);
    t->open = true;
    fputs("<tr>", t->out);
    if (!name) return;
    fputs("<th scope=\"row\">", t->out);
    kw_html_text(t->out, name);
    fputs("</th>", t->out);
}

void kw_table_row_end(kw_table *t) { fputs("</tr>\n", t->out); }

void kw_table_number(kw_table *t, kw_number_text number) { kw_table_format(t, true, "%s", number.text); }

void kw_table_text(kw_table *t, const char *text) { kw_table_format(t, false, "%s", text ? text : ""); }

void kw_table_format(kw_table *t, bool numeric, const char *format, ...) {
    va_list arguments;
    fputs(numeric ? "<td class=\"n\">" : "<td>", t->out);
    va_start(arguments, format);
    kw_html_format_list(t->out, format, arguments);
    va_end(arguments);
    fputs("</td>", t->out);
}

void kw_table_text_pair(kw_table *t, const char *name, const char *text) {
    if (!text || !*text) return;
    kw_table_row(t, name);
    kw_table_format(t, true, "%s", text);
    kw_table_row_end(t);
}

void kw_table_pair(kw_table *t, const char *name, kw_number_text number) {
    if (kw_number_known(number)) kw_table_text_pair(t, name, number.text);
}

void kw_tiles_begin(FILE *out) { fputs("<div class=\"tiles\">\n", out); }

void kw_tile(FILE *out, const char *name, kw_number_text value) {
    if (!kw_number_known(value)) return;
    fputs("<div class=\"tile\"><b>", out);
    kw_html_text(out, value.text);
    fputs("</b><span>", out);
    kw_html_text(out, name);
    fputs("</span></div>\n", out);
}

void kw_tiles_end(FILE *out) { fputs("</div>\n", out); }

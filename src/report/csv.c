/* F5  The numbers behind the figures as CSV inside HTML: empty fields where a file held none. */
#include <math.h>

#include "report/html.h"
#include "report/tables.h"

void kw_csv_number(FILE *out, double value) {
    fputc(',', out);
    if (isfinite(value)) fprintf(out, "%.17g", value);
}

/* Quoted, with quotes doubled (RFC 4180), then escaped for HTML. */
void kw_csv_text(FILE *out, const char *text) {
    fputs(",&quot;", out);
    for (; *text; ++text) {
        const char character[] = {*text, '\0'};
        kw_html_text(out, character);
        if (*text == '"') kw_html_text(out, character);
    }
    fputs("&quot;", out);
}

void kw_csv_steps(const kw_run *run, FILE *out) {
    for (const char *c = run->kind->columns; *c; ++c) fputc(*c == ' ' ? ',' : *c, out);
    fputc('\n', out);
    for (size_t i = 0; i < run->step_count; ++i) {
        fprintf(out, "%.17g", kw_run_value(run, i, KW_ROW_STEP));
        for (size_t j = KW_ROW_STEP + 1; j < run->columns; ++j) kw_csv_number(out, kw_run_value(run, i, j));
        fputc('\n', out);
    }
}

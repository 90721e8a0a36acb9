/* F5  Reads a script as chart.h and its users write them: data blocks, labels of the axes, one plot command. */
#include "report/words.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"

enum { COLUMNS = 8, LISTED = 12 /* most named points that are told one by one */ };

typedef struct {
    const char *text;
    size_t length;
} part;

static bool is_empty(part p) { return p.length == 0; }

static void write_part(part p, FILE *out) { fwrite(p.text, 1, p.length, out); }

/* What stands between single quotes behind the first `mark` before `end`. */
static part quoted_after(const char *text, const char *mark, const char *end) {
    const part none = {"", 0};
    const char *at = strstr(text, mark);
    if (!at || at >= end) return none;
    at += strlen(mark);
    const char *close = strchr(at, '\'');
    return close && close < end ? (part){at, (size_t)(close - at)} : none;
}

/* ---- data blocks ---- */

/* The first line of a block and the end of its last. */
static part block_of(const char *script, part name) {
    for (const char *at = script; (at = strstr(at, " << EOD\n")); ++at) {
        const char *end = strstr(at, "\nEOD\n"), *data = at + strlen(" << EOD\n");
        const bool starts = (size_t)(at - script) >= name.length && !strncmp(at - name.length, name.text, name.length)
                            && (at - name.length == script || at[-1 - (long)name.length] == '\n');
        if (end && starts) return (part){data, end > data ? (size_t)(end - data) : 0};
    }
    return (part){"", 0};
}

/* Fields of one line, separated by tabs.  @return their number */
static size_t split(part line, part *fields) {
    size_t count = 0;
    const char *end = line.text + line.length;
    for (const char *at = line.text; at <= end && count < COLUMNS; ++count) {
        const char *tab = memchr(at, '\t', (size_t)(end - at));
        if (!tab) tab = end;
        fields[count] = (part){at, (size_t)(tab - at)};
        at = tab + 1;
    }
    return count;
}

/* ---- one element of the plot command ---- */

typedef struct {
    size_t x, y; /* columns from 1; x 0: the number of the line */
} columns;

/* "1:2:3", "2:xtic(1)", "3" */
static columns read_columns(part element) {
    columns c = {0, 0};
    const char *at = strstr(element.text, " using ");
    if (!at || at >= element.text + element.length) return c;
    char *end;
    at += strlen(" using ");
    c.y = strtoul(at, &end, 10);
    if (*end != ':' || !isdigit((unsigned char)end[1])) return c;
    return (columns){c.y, strtoul(end + 1, NULL, 10)};
}

typedef struct {
    double x, y;
    part label;
} point;

/* NaN: the field is none. */
static double number_of(part field) {
    char *end;
    const double value = strtod(field.text, &end);
    return !is_empty(field) && end == field.text + field.length ? value : NAN;
}

static bool is_name(part field) {
    char *end;
    strtod(field.text, &end);
    return !is_empty(field) && end != field.text + field.length;
}

/* A field that is no number names the point. */
static bool read_point(part line, columns c, size_t row, point *p) {
    part fields[COLUMNS];
    const size_t count = split(line, fields);
    if (!c.y || c.y > count || c.x > count) return false;
    *p = (point){c.x ? number_of(fields[c.x - 1]) : (double)row, number_of(fields[c.y - 1]), {"", 0}};
    for (size_t i = 0; i < count; ++i)
        if (is_name(fields[i])) p->label = fields[i];
    return isfinite(p->x) && isfinite(p->y);
}

/* The name of a place on an axis of names: "set xtics ... ('one' 0, 'two' 1)". */
static part tic_at(const char *script, double x) {
    const char *list = strstr(script, "\nset xtics rotate by -30 ('"), *end = list ? strstr(list + 1, ")\n") : NULL;
    for (const char *at = end ? strchr(list, '\'') : NULL; at && at < end; at = strchr(at, '\'')) {
        const char *close = strchr(at + 1, '\'');
        if (!close || close > end) break;
        if (strtod(close + 1, NULL) == x) return (part){at + 1, (size_t)(close - at - 1)};
        at = close + 1;
    }
    return (part){"", 0};
}

static void write_place(const char *script, point p, FILE *out) {
    const part tic = is_empty(p.label) ? tic_at(script, p.x) : p.label;
    if (is_empty(tic)) fputs(kw_number_plain(p.x).text, out);
    else write_part(tic, out);
}

static void write_at(const char *script, const char *word, point p, FILE *out) {
    fprintf(out, "%s%.6g at ", word, p.y);
    write_place(script, p, out);
}

typedef struct {
    point first, last, least, most;
    size_t count;
} summary;

static void take(summary *s, point p) {
    if (!s->count++) s->first = s->least = s->most = p;
    if (p.y < s->least.y) s->least = p;
    if (p.y > s->most.y) s->most = p;
    s->last = p;
}

/* `list`: writes every point there; NULL: none. */
static summary read_points(const char *script, part block, columns c, FILE *list) {
    summary s = {.count = 0};
    size_t row = 0;
    for (const char *at = block.text, *end = at + block.length; at < end; ++row) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        point p;
        if (read_point((part){at, (size_t)(stop - at)}, c, row, &p)) {
            if (list) write_at(script, s.count ? ", " : " ", p, list);
            take(&s, p);
        }
        at = stop + 1;
    }
    return s;
}

static void write_data(const char *script, part block, columns c, FILE *out) {
    const summary s = read_points(script, block, c, NULL);
    fprintf(out, "%zu point%s", s.count, s.count == 1 ? "" : "s");
    if (!s.count) return;
    if (s.count <= LISTED) {
        fputc(':', out);
        read_points(script, block, c, out);
        return;
    }
    write_at(script, ", first ", s.first, out);
    write_at(script, ", last ", s.last, out);
    write_at(script, ", lowest ", s.least, out);
    write_at(script, ", highest ", s.most, out);
}

/* Of a curve its points, of a level its title, which holds its number.  *block: of '' it is that of the element before. */
static void write_element(const char *script, part element, part *block, FILE *out) {
    const part title = quoted_after(element.text, " title '", element.text + element.length);
    if (*element.text == '$') *block = block_of(script, (part){element.text, strcspn(element.text, " ")});
    if (is_empty(title)) return;
    fputc(' ', out);
    write_part(title, out);
    if (*element.text == '$' || *element.text == '\'') {
        fputs(": ", out);
        write_data(script, *block, read_columns(element), out);
    }
    fputc('.', out);
}

/* ---- the whole ---- */

/* Up to the next comma outside of quotes and parentheses. */
static size_t element_length(const char *text) {
    int depth = 0;
    bool quoted = false;
    size_t length = 0;
    for (; text[length] && text[length] != '\n'; ++length) {
        const char c = text[length];
        if (c == '\'') quoted = !quoted;
        else if (!quoted) depth += (c == '(') - (c == ')');
        if (c == ',' && !quoted && depth == 0) break;
    }
    return length;
}

static void write_axes(const char *script, const char *end, FILE *out) {
    const part x = quoted_after(script, "\nset xlabel '", end), y = quoted_after(script, "\nset ylabel '", end);
    const part right = quoted_after(script, "\nset y2label '", end);
    fputs("Plot", out);
    if (!is_empty(y) || !is_empty(right)) fputs(" of ", out);
    write_part(is_empty(y) ? right : y, out);
    if (!is_empty(y) && !is_empty(right)) {
        fputs(" and ", out);
        write_part(right, out);
    }
    if (!is_empty(x)) {
        fputs(" over ", out);
        write_part(x, out);
    }
    fputc('.', out);
}

void kw_plot_words(const char *script, FILE *out) {
    const char *plot = strstr(script, "\nplot ");
    part block = {"", 0};
    if (!plot) return;
    write_axes(script, plot + 1, out);
    for (const char *at = plot + strlen("\nplot "); *at && *at != '\n';) {
        const size_t length = element_length(at);
        write_element(script, (part){at, length}, &block, out);
        at += length + (at[length] == ',');
        while (*at == ' ') ++at;
    }
}

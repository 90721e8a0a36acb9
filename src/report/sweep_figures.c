/* F5  Figures of a study: means over the seeds with bands of a deviation, a line per series, a picture per panel. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/sweep.h"

enum { SERIES = 12 /* of one figure, the first ones */, NAME = 64, POINTS = 400 /* of a series */, TICS = 24 };

/* Told apart without colours by shape and dash. */
static const char *const colours[] = {KW_BLUE, KW_ORANGE, KW_GREEN, KW_PURPLE, KW_GREY, "#b58900", "#1b2230", "#c2185b"};
static const int shapes[] = {7, 5, 9, 13, 6, 4, 8, 12};
static const int dashes[] = {1, 2, 4, 5};
#define CYCLE(array, i) ((array)[(i) % (sizeof(array) / sizeof *(array))])

typedef struct {
    double x, y, deviation, bound;
    size_t series;
} point;

typedef struct {
    const kw_study *study;
    const kw_study_figure *figure;
    kw_study_group *groups;
    size_t count; /* of groups */
    char panel[NAME];
    char series[SERIES][NAME], tics[TICS][NAME]; /* tics: of an axis of names */
    size_t series_count, tic_count;
    point *points;
    size_t point_count;
} picture;

/* ---- members as names ---- */

/* "family", or "qubits 10" of a number; false: the row has no such member. */
static bool name_of(const picture *p, const json_t *row, const char *key, char *out) {
    char text[NAME];
    const char *name = kw_run_text(row, key);
    const double number = kw_run_number(row, key);
    const size_t field = kw_study_field_of(p->study, key);
    if (name) snprintf(text, sizeof text, "%s", name);
    else if (isfinite(number))
        snprintf(text, sizeof text, "%s %.6g", field < p->study->field_count ? p->study->fields[field].heading : key,
                 number);
    else return false;
    kw_chart_name(text, out, NAME);
    return true;
}

/* Its number in a list, entered at the end if there is room; `most`: there is none. */
static size_t place_of(char (*list)[NAME], size_t *count, size_t most, const char *name) {
    size_t i = 0;
    while (i < *count && strcmp(list[i], name) != 0) ++i;
    if (i == *count && i < most) memcpy(list[(*count)++], name, NAME);
    return i;
}

static bool is_drawn(const picture *p, const json_t *row) {
    char panel[NAME];
    const kw_study_figure *f = p->figure;
    const char *only = f->only_key ? kw_run_text(row, f->only_key) : NULL;
    if (f->only_key && (!only || strcmp(only, f->only_value) != 0)) return false;
    return !f->panel || (name_of(p, row, f->panel, panel) && !strcmp(panel, p->panel));
}

/* ---- points ---- */

static double mean_of(const picture *p, const kw_study_group *group, const char *key) {
    const size_t field = key ? kw_study_field_of(p->study, key) : p->study->field_count;
    return field < p->study->field_count ? group->mean[field] : NAN;
}

static void add_point(picture *p, const kw_study_group *group) {
    char name[NAME] = "";
    const kw_study_figure *f = p->figure;
    point q = {.x = mean_of(p, group, f->x), .y = mean_of(p, group, f->y), .bound = mean_of(p, group, f->bound)};
    if (!is_drawn(p, group->row) || !isfinite(q.y) || (f->log_y && q.y <= 0)) return;
    q.deviation = group->deviation[kw_study_field_of(p->study, f->y)];
    if (kw_run_text(group->row, f->x) && name_of(p, group->row, f->x, name)) {
        const size_t tic = place_of(p->tics, &p->tic_count, TICS, name);
        q.x = tic < TICS ? (double)tic : NAN;
    }
    if (f->series && !name_of(p, group->row, f->series, name)) return;
    if (!f->series) name[0] = '\0';
    q.series = place_of(p->series, &p->series_count, SERIES, name);
    if (q.series < SERIES && isfinite(q.x) && !(f->log_x && q.x <= 0)) p->points[p->point_count++] = q;
}

static int by_x(const void *a, const void *b) {
    const point *left = a, *right = b;
    return (left->x > right->x) - (left->x < right->x);
}

/* One bound for all series, where they agree at every x. */
static bool bound_is_common(const picture *p) {
    for (size_t i = 1; i < p->point_count; ++i) {
        const point *a = &p->points[i - 1], *b = &p->points[i];
        if (a->x == b->x && isfinite(a->bound) && isfinite(b->bound)
            && fabs(a->bound - b->bound) > 1e-9 * fmax(fabs(a->bound), fabs(b->bound)))
            return false;
    }
    return true;
}

/* ---- script ---- */

static bool has_bound(const picture *p, const point *q) {
    return isfinite(q->bound) && !(p->figure->log_y && q->bound <= 0);
}

/* x, y, band, bound of one series; SERIES: of all, x and bound alone.  @return lines with a bound */
static size_t write_block(const picture *p, size_t series, FILE *out) {
    size_t bounds = 0, written = 0;
    fprintf(out, "$S%zu << EOD\n", series);
    for (size_t i = 0; i < p->point_count && written < POINTS; ++i) {
        const point *q = &p->points[i];
        if (series < SERIES && q->series != series) continue;
        if (series == SERIES && !has_bound(p, q)) continue;
        const double spread = isfinite(q->deviation) ? q->deviation : 0, low = q->y - spread;
        fprintf(out, "%.10g\t%.10g\t%.10g\t%.10g\t", q->x, q->y, p->figure->log_y && low <= 0 ? q->y / 10 : low,
                q->y + spread);
        fprintf(out, has_bound(p, q) ? "%.10g\n" : "NaN\n", q->bound);
        bounds += has_bound(p, q);
        ++written;
    }
    fputs("EOD\n", out);
    return bounds;
}

/* Whether x are a few whole numbers, such as layers. */
static bool counts(const picture *p) {
    const double range = p->points[p->point_count - 1].x - p->points[0].x; /* in the order of x */
    for (size_t i = 0; i < p->point_count; ++i)
        if (p->points[i].x != floor(p->points[i].x)) return false;
    return !p->tic_count && !p->figure->log_x && range <= 20;
}

static void write_axes(const picture *p, FILE *out) {
    const kw_study_figure *f = p->figure;
    kw_chart_style(out);
    fprintf(out, "set xlabel '%s' textcolor rgb '#374151'\nset ylabel '%s' textcolor rgb '#374151'\n", f->x_label,
            f->y_label);
    fputs("set key maxcols 4\nset offsets graph 0.03, graph 0.03, graph 0.05, graph 0.03\n", out);
    if (f->log_x) fputs("set logscale x\nset format x '10^{%T}'\n", out);
    if (f->log_y) fputs("set logscale y\nset format y '10^{%T}'\n", out);
    if (counts(p)) fputs("set xtics 1\n", out);
    if (!p->tic_count) return;
    fputs("set xtics rotate by -30 (", out);
    for (size_t i = 0; i < p->tic_count; ++i) fprintf(out, "%s'%s' %zu", i ? ", " : "", p->tics[i], i);
    fputs(")\n", out);
}

static void write_series(const picture *p, size_t i, bool own_bound, const char *separator, FILE *out) {
    const char *colour = CYCLE(colours, i);
    const bool named = p->tic_count > 0;
    if (!named)
        fprintf(out, "%s$S%zu using 1:3:4 with filledcurves lc rgb '%s' fs transparent solid 0.14 noborder notitle",
                separator, i, colour);
    else fprintf(out, "%s$S%zu using 1:2:3:4 with yerrorbars pt 0 lc rgb '%s' notitle", separator, i, colour);
    fprintf(out, ", $S%zu using 1:2 with %s pt %d ps 0.8 lw 1.8 dt %d lc rgb '%s' title '%s'", i,
            named ? "points" : "linespoints", CYCLE(shapes, i), CYCLE(dashes, i), colour, p->series[i]);
    if (own_bound)
        fprintf(out, ", $S%zu using 1:5 with %s lw 1.2 dt 3 lc rgb '%s' notitle", i, named ? "points pt 1" : "lines",
                colour);
}

static void write_script(picture *p, FILE *out) {
    size_t bounds = 0;
    qsort(p->points, p->point_count, sizeof *p->points, by_x);
    for (size_t i = 0; i < p->series_count; ++i) bounds += write_block(p, i, out);
    const bool common = bounds && bound_is_common(p);
    if (common) write_block(p, SERIES, out);
    write_axes(p, out);
    for (size_t i = 0; i < p->series_count; ++i) write_series(p, i, bounds && !common, i ? ", " : "plot ", out);
    if (common)
        fprintf(out, ", $S%d using 1:5 with %s lw 1.8 dt 3 lc rgb '#1b2230' title '%s'", SERIES,
                p->tic_count ? "points pt 2 ps 1.2" : "lines", p->figure->bound_label);
    else if (bounds) fprintf(out, ", keyentry with lines lw 1.2 dt 3 lc rgb '#1b2230' title '%s'", p->figure->bound_label);
    fputc('\n', out);
}

/* ---- which figure ---- */

static bool draw_panel(picture *p, kw_figure_words *words, size_t number, FILE *out) {
    for (size_t g = 0; g < p->count; ++g) add_point(p, &p->groups[g]);
    if (!p->point_count) return false;
    words->height = 400;
    snprintf(words->name, sizeof words->name, "figure-%zu", number);
    snprintf(words->caption, sizeof words->caption, "%s%s%s%s", p->figure->caption, p->figure->panel ? " <b>" : "",
             p->figure->panel ? p->panel : "", p->figure->panel ? ".</b>" : "");
    write_script(p, out);
    return true;
}

/* Whether a panel of group g has not been met in the groups before. */
static bool is_new_panel(picture *p, size_t g) {
    char other[NAME];
    if (!p->figure->panel) return g == 0;
    if (!name_of(p, p->groups[g].row, p->figure->panel, p->panel)) return false;
    for (size_t before = 0; before < g; ++before)
        if (name_of(p, p->groups[before].row, p->figure->panel, other) && !strcmp(other, p->panel)) return false;
    return true;
}

/* Whether anything would be drawn: the number of a figure must not depend on what others hold. */
static bool has_points(picture *p) {
    for (size_t g = 0; g < p->count; ++g) add_point(p, &p->groups[g]);
    const bool found = p->point_count > 0;
    p->point_count = p->series_count = p->tic_count = 0;
    return found;
}

static bool draw(picture *p, size_t wanted, kw_figure_words *words, FILE *out) {
    size_t met = 0;
    for (size_t f = 0; f < p->study->figure_count; ++f) {
        p->figure = &p->study->figures[f];
        for (size_t g = 0; g < p->count; ++g)
            if (is_new_panel(p, g) && has_points(p) && met++ == wanted) return draw_panel(p, words, wanted, out);
    }
    return false;
}

bool kw_sweep_draw(const kw_run *run, size_t i, kw_figure_words *words, FILE *out) {
    picture p = {.study = kw_sweep_study(run)};
    bool drawn = false;
    if (!p.study || kw_study_groups(p.study, json_object_get(run->result, "rows"), &p.groups, &p.count) != KW_OK)
        return false;
    p.points = calloc(p.count + 1, sizeof *p.points);
    if (p.points) drawn = draw(&p, i, words, out);
    free(p.points);
    kw_study_groups_free(p.groups, p.count);
    return drawn;
}

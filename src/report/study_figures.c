/* F5  The figures of a study: accuracy against trained parameters, a point with its name per row. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart.h"
#include "report/study.h"

/* Places are counted in units of the picture, from the lower left corner of the plot. */
enum { WIDTH = 900, HEIGHT = 460, LEFT = 90, RIGHT = 15, BOTTOM = 62, TOP = 60 };
enum {
    ACROSS = WIDTH - LEFT - RIGHT,
    UP = HEIGHT - BOTTOM - TOP,
    LINE = 15,    /* between labels above each other */
    LETTER = 7,   /* width of one */
    LETTERS = 24, /* most of a label */
    BESIDE = 9,   /* between points of equally many parameters */
    NEAR = 12,    /* nearer points have their labels in one column */
    AWAY = 12     /* of a label from its points */
};

typedef enum { CIRCUIT, CONTROL, LARGER, GROUPS } group;

typedef struct {
    char name[LETTERS + 1];
    group group;
    double parameters, accuracy, deviation; /* in % */
    double x, y, label_x, label_y;
    bool left; /* the label is */
} point;

typedef struct {
    const char *set;
    point points[KW_STUDY_POINTS];
    size_t count;
    double circuit;                    /* accuracy in %; NaN: none */
    bool compared;                     /* with the circuit's number of parameters */
    double room;                       /* of a column of labels with what is around it */
    double first, decade;              /* logarithm of the parameters at x = 0; a factor of ten */
    double least, most, percent_point; /* accuracies at y = 0 and UP; one of them */
} picture;

/* ---- data ---- */

static int by_place(const void *a, const void *b) {
    const point *left = a, *right = b;
    if (left->x != right->x) return left->x < right->x ? -1 : 1;
    return (left->y > right->y) - (left->y < right->y);
}

static int by_height(const void *a, const void *b) {
    const point *left = a, *right = b;
    return (left->y > right->y) - (left->y < right->y);
}

static void read_points(const kw_run *run, picture *p) {
    const double most = 1e15;
    kw_study_row circuit;
    const bool found = kw_study_circuit(run, p->set, &circuit);
    p->circuit = found ? 100.0 * circuit.accuracy : NAN;
    p->compared = found && isfinite(circuit.parameters);
    for (size_t i = 0; i < kw_study_rows(run) && p->count < KW_STUDY_POINTS; ++i) {
        const kw_study_row row = kw_study_row_at(run, i);
        const bool drawn = row.parameters >= 1.0 && row.parameters <= most && row.accuracy >= 0.0 && row.accuracy <= 1.0;
        if (!drawn || strcmp(row.set, p->set) != 0) continue;
        point *q = &p->points[p->count++];
        *q = (point){.parameters = row.parameters,
                     .accuracy = 100.0 * row.accuracy,
                     .deviation = row.deviation > 0.0 && row.deviation <= 1.0 ? 100.0 * row.deviation : 0.0};
        kw_chart_name(*row.control ? row.control : "?", q->name, sizeof q->name);
        if (kw_study_is_circuit(&row)) q->group = CIRCUIT;
        else q->group = p->compared && row.parameters > circuit.parameters ? LARGER : CONTROL;
    }
}

/* ---- places ---- */

/* Moves ascending places, as little as possible in the mean square, until they are `gap` apart and in [low, high]. */
static void spread(double *place, size_t count, double gap, double low, double high) {
    double mean[KW_STUDY_POINTS];
    size_t size[KW_STUDY_POINTS], blocks = 0, i = 0;
    for (; i < count; ++i) { /* pool adjacent violators */
        mean[blocks] = place[i] - gap * (double)i;
        size[blocks++] = 1;
        for (; blocks > 1 && mean[blocks - 2] > mean[blocks - 1]; --blocks) {
            const size_t both = size[blocks - 2] + size[blocks - 1];
            mean[blocks - 2] += (mean[blocks - 1] - mean[blocks - 2]) * (double)size[blocks - 1] / (double)both;
            size[blocks - 2] = both;
        }
    }
    high = fmax(low, high - gap * (double)(count - 1));
    i = 0;
    for (size_t b = 0; b < blocks; ++b)
        for (const size_t end = i + size[b]; i < end; ++i) place[i] = fmin(fmax(mean[b], low), high) + gap * (double)i;
}

static void make_axes(picture *p) {
    const double least_decades = 0.5, least_margin = 1.0;
    double few = INFINITY, many = 0.0, longest = 1.0;
    p->least = 100.0;
    p->most = 0.0;
    for (size_t i = 0; i < p->count; ++i) {
        const point *q = &p->points[i];
        few = fmin(few, log10(q->parameters));
        many = fmax(many, log10(q->parameters));
        longest = fmax(longest, (double)strlen(q->name));
        p->least = fmin(p->least, q->accuracy - q->deviation);
        p->most = fmax(p->most, q->accuracy + q->deviation);
    }
    const double margin = fmax(0.06 * (p->most - p->least), least_margin);
    const double decades = fmax(many - few, least_decades);
    p->least = fmax(0.0, p->least - margin);
    p->most = fmin(100.0, p->most + margin);
    p->percent_point = UP / (p->most - p->least);
    p->room = LETTER * longest + 2 * AWAY;
    const double beside = p->room + 4.0 * BESIDE; /* of the outermost points */
    p->decade = (ACROSS - 2.0 * beside) / decades;
    p->first = (few + many - decades) / 2.0 - beside / p->decade;
}

/* Every point at its place, those of nearly as many parameters beside each other. */
static void place_points(picture *p) {
    double x[KW_STUDY_POINTS];
    for (size_t i = 0; i < p->count; ++i) {
        point *q = &p->points[i];
        q->x = (log10(q->parameters) - p->first) * p->decade;
        q->y = (q->accuracy - p->least) * p->percent_point;
    }
    qsort(p->points, p->count, sizeof *p->points, by_place);
    for (size_t i = 0; i < p->count; ++i) x[i] = p->points[i].x;
    spread(x, p->count, BESIDE, p->room, ACROSS - p->room);
    for (size_t i = 0; i < p->count; ++i) p->points[i].x = x[i];
}

/* A column of labels on one side of `count` points. */
static void place_column(point *points, size_t count, bool left) {
    double y[KW_STUDY_POINTS];
    const double x = left ? points[0].x - AWAY : points[count - 1].x + AWAY;
    qsort(points, count, sizeof *points, by_height);
    for (size_t i = 0; i < count; ++i) y[i] = points[i].y;
    spread(y, count, LINE, LINE / 2.0, UP - LINE / 2.0);
    for (size_t i = 0; i < count; ++i) {
        points[i].label_x = x;
        points[i].label_y = y[i];
        points[i].left = left;
    }
}

/* Labels stand right of their points, else left, where there is room; else the points share a column with the next. */
static void place_labels(picture *p) {
    point *q = p->points;
    double taken = 0.0; /* up to this x */
    for (size_t start = 0, end; start < p->count; start = end) {
        const double first = q[start].x;
        bool right = false, left = false;
        for (end = start; !right && !left;) {
            do ++end;
            while (end < p->count && q[end].x - q[end - 1].x <= NEAR);
            right = end == p->count || q[end].x - q[end - 1].x >= p->room;
            left = first - taken >= p->room;
        }
        taken = q[end - 1].x + (right ? p->room : 0.0);
        place_column(q + start, end - start, !right);
    }
}

/* ---- the script ---- */

static double parameters_at(const picture *p, double x) { return pow(10.0, p->first + x / p->decade); }
static double accuracy_at(const picture *p, double y) { return p->least + y / p->percent_point; }

static void write_axes(const picture *p, FILE *out) {
    static const double steps[] = {1.0, 2.0, 5.0};
    const double last = p->first + ACROSS / p->decade, most_decades = 4.0;
    char name[LETTERS + 1];
    kw_chart_name(p->set, name, sizeof name);
    kw_chart_style(out);
    fprintf(out,
            "set lmargin at screen %.6f\nset rmargin at screen %.6f\nset bmargin at screen %.6f\nset tmargin at screen "
            "%.6f\n",
            (double)LEFT / WIDTH, 1.0 - (double)RIGHT / WIDTH, (double)BOTTOM / HEIGHT, 1.0 - (double)TOP / HEIGHT);
    fprintf(out, "set logscale x\nset xrange [%.17g:%.17g]\nset yrange [%.17g:%.17g]\n", parameters_at(p, 0.0),
            parameters_at(p, ACROSS), p->least, p->most);
    fprintf(out,
            "set xlabel 'trained parameters (count)' offset 0,0.4 textcolor rgb '#374151'\n"
            "set ylabel 'test accuracy%s%s (%%)' noenhanced textcolor rgb '#374151'\n",
            *name ? ", " : "", name);
    if (last - p->first > most_decades) {
        fputs("set format x '10^{%T}'\n", out);
        return;
    }
    fputs("set format x '%.0f'\nset xtics (", out);
    const int lowest = (int)floor(p->first), highest = (int)floor(last);
    for (int power = lowest; power <= highest; ++power)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; ++i)
            fprintf(out, "%s%.17g", power > lowest || i ? ", " : "", steps[i] * pow(10.0, power));
    fputs(")\n", out);
}

/* Lines from the points to their labels, then the labels on one side. */
static void write_leaders(const picture *p, FILE *out) {
    const double end = 3.0;
    fputs("$LEADERS << EOD\n", out);
    for (size_t i = 0; i < p->count; ++i) {
        const point *q = &p->points[i];
        fprintf(out, "%.9g\t%.9g\n%.9g\t%.9g\n\n", parameters_at(p, q->x), q->accuracy,
                parameters_at(p, q->label_x + (q->left ? end : -end)), accuracy_at(p, q->label_y));
    }
    fputs("EOD\n", out);
}

static size_t write_labels(const picture *p, bool left, FILE *out) {
    size_t written = 0;
    fprintf(out, "$%s << EOD\n", left ? "LEFT" : "RIGHT");
    for (size_t i = 0; i < p->count; ++i) {
        const point *q = &p->points[i];
        if (q->left != left) continue;
        fprintf(out, "%.9g\t%.9g\t%s\n", parameters_at(p, q->label_x), accuracy_at(p, q->label_y), q->name);
        ++written;
    }
    fputs("EOD\n", out);
    return written;
}

static size_t write_group(const picture *p, group which, const char *name, FILE *out) {
    size_t written = 0;
    fprintf(out, "$%s << EOD\n", name);
    for (size_t i = 0; i < p->count; ++i) {
        const point *q = &p->points[i];
        if (q->group != which) continue;
        fprintf(out, "%.9g\t%.9g\t%.9g\t%s\n", parameters_at(p, q->x), q->accuracy, q->deviation, q->name);
        ++written;
    }
    fputs("EOD\n", out);
    return written;
}

static void write_plot(const picture *p, FILE *out) {
    static const struct {
        const char *name, *title, *look;
    } groups[GROUPS] = {
        {"CIRCUIT", "circuit", "pt 7 ps 0.9 lw 1.8 lc rgb '" KW_BLUE "'"},
        {"CONTROLS", "controls with at most as many parameters", "pt 5 ps 0.7 lw 1.4 lc rgb '" KW_ORANGE "'"},
        {"LARGER", "controls with more", "pt 8 ps 0.9 lw 1.4 lc rgb '" KW_GREY "'"}};
    size_t used[GROUPS];
    write_leaders(p, out);
    const size_t left = write_labels(p, true, out), right = write_labels(p, false, out);
    for (group g = 0; g < GROUPS; ++g) used[g] = write_group(p, g, groups[g].name, out);
    fputs("set bars 0.6\nset style textbox opaque noborder fillcolor rgb '#ffffff' margins 0.1,0.1\nplot $LEADERS using 1:2 "
          "with lines lw 0.8 lc rgb '#c3c9d2' notitle",
          out);
    kw_chart_level(p->circuit, "2", KW_BLUE, "mean of the circuit, %", out);
    for (group g = 0; g < GROUPS; ++g)
        if (used[g])
            fprintf(out, ", $%s using 1:2:3 with yerrorbars %s title '%s'", groups[g].name, groups[g].look,
                    g == CONTROL && !p->compared ? "controls" : groups[g].title);
    if (left) fputs(", $LEFT using 1:2:3 with labels right noenhanced boxed font ',12' notitle", out);
    if (right) fputs(", $RIGHT using 1:2:3 with labels left noenhanced boxed font ',12' notitle", out);
    fputc('\n', out);
}

static bool draw(const kw_run *run, size_t which, FILE *out) {
    picture p = {.set = kw_study_name(run, "set", which)};
    if (p.set) read_points(run, &p);
    if (!p.count) return false;
    make_axes(&p);
    place_points(&p);
    place_labels(&p);
    write_axes(&p, out);
    write_plot(&p, out);
    return true;
}

static const char caption[] =
    "<b>Accuracy and parameters.</b> Test accuracy, mean over the seeds, bars: &plusmn; sample deviation. Points of nearly "
    "as many parameters are moved until they stand beside each other. Where a control reaches the dashed line, what it "
    "lacks "
    "is not what the accuracy comes from.";

#define KW_STUDY_FIGURE_LIST(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#define DRAW(i)                                                                                                             \
    static bool draw_##i(const kw_run *run, FILE *out) { return draw(run, i, out); }
KW_STUDY_FIGURE_LIST(DRAW)
#undef DRAW

#define FIGURE(i) {"set-" #i, caption, HEIGHT, draw_##i},
const kw_figure kw_study_figures[KW_STUDY_FIGURES] = {KW_STUDY_FIGURE_LIST(FIGURE)};
#undef FIGURE

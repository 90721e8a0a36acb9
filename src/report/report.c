/* F5  Puts the report together: page in memory first, then one file that appears only when it is complete. */
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "build_info.h"
#include "report/html.h"
#include "report/kind.h"
#include "report/plot.h"
#include "report/run.h"
#include "report/tables.h"
#include "report/words.h"

enum { WIDE = 900, NARROW = 440 /* of a plot, in units of which its letters have 13 */ };

static size_t count_of(const kw_kind *kind, const kw_run *runs, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) found += runs[i].kind == kind;
    return found;
}

static bool is_mixed(const kw_run *runs, size_t count) { return count > 0 && count_of(runs[0].kind, runs, count) < count; }

static const char *title_of(const kw_run *runs, size_t count) {
    return count == 0 || is_mixed(runs, count) ? "Ketwall report" : runs[0].kind->title;
}

static void write_comparison(const kw_kind *kind, const kw_run *runs, size_t count, FILE *out) {
    fputs("<section class=\"card\">\n<h2>Comparison", out);
    if (is_mixed(runs, count)) kw_html_format(out, " of %s", kind->name);
    fputs("</h2>\n<div class=\"wide\">\n", out);
    kw_table_comparison(kind, runs, count, out);
    fprintf(out, "</div>\n<p class=\"soft\">%s</p>\n</section>\n", kind->explanation);
}

static void write_header(const kw_run *runs, size_t count, FILE *out) {
    char date[40] = "";
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", &utc);
    fprintf(out, "<header>\n<h1>%s</h1>\n<p class=\"soft\">", title_of(runs, count));
    kw_html_format(out, "%zu %s, written %s by Ketwall %s (%s)", count, count == 1 ? "run" : "runs", date, KW_VERSION,
                   KW_GIT_REVISION);
    fputs("</p>\n</header>\n", out);
    const kw_kind *kind;
    for (size_t i = 0; (kind = kw_kind_at(i)); ++i)
        if (count_of(kind, runs, count)) write_comparison(kind, runs, count, out);
}

/* One drawing of a figure in a box of that class. */
static kw_status draw(const char *script, const kw_plot_look *look, const char *box, FILE *out, bool *plotted) {
    char *svg = NULL;
    const kw_status status = kw_plot_svg(script, look, &svg);
    if (svg) fprintf(out, "<div class=\"%s\"%s>\n%s\n</div>\n", box, strstr(box, "scroll") ? KW_HTML_SCROLL : "", svg);
    else *plotted = false;
    free(svg);
    return status;
}

/* gnuplot's pictures of a script: for wide and for narrow pages, of which the page shows one; *plotted tells whether gnuplot
 * answered. */
static kw_status plot_script(size_t number, const kw_figure *figure, bool fixed, const char *script, FILE *out,
                             bool *plotted) {
    char prefix[64], *words = NULL, *body = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&words, &length);
    if (memory) kw_plot_words(script, memory);
    if (!memory || fclose(memory)) return kw_fail(KW_E_NOMEM, "no memory for a plot");
    memory = open_memstream(&body, &length);
    kw_status status = memory ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a plot");
    kw_plot_look look = {.width = WIDE, .height = figure->height, .prefix = prefix, .words = words};
    snprintf(prefix, sizeof prefix, "run-%zu-%s-", number, figure->name);
    if (!status) status = draw(script, &look, fixed ? "plot scroll" : "plot wide", memory, plotted);
    snprintf(prefix, sizeof prefix, "run-%zu-%s-narrow-", number, figure->name);
    look.width = NARROW;
    if (!status && *plotted && !fixed) status = draw(script, &look, "plot narrow", memory, plotted);
    if (memory && fclose(memory) && !status) status = kw_fail(KW_E_NOMEM, "no memory for a plot");
    if (!status && *plotted) fprintf(out, "<figure>\n%s<figcaption>%s</figcaption>\n</figure>\n", body, figure->caption);
    free(body);
    free(words);
    return status;
}

/* Figure number i of the kind's own ones, then of those that the run decides on; an empty script where it has no data for
 * it.  *last: there is none. */
static bool write_script(const kw_run *run, size_t i, kw_figure *figure, kw_figure_words *words, bool *last, FILE *out) {
    const kw_kind *kind = run->kind;
    *last = false;
    if (i < kind->figure_count) {
        *figure = kind->figures[i];
        return figure->write(run, out);
    }
    *last = !kind->draw || !kind->draw(run, i - kind->figure_count, words, out);
    *figure = (kw_figure){.name = words->name, .caption = words->caption, .height = words->height};
    return !*last;
}

static kw_status write_figure(const kw_run *run, size_t number, size_t i, bool *last, FILE *out, bool *plotted) {
    char *script = NULL;
    size_t length = 0;
    kw_figure figure;
    kw_figure_words words = {.name = ""};
    FILE *memory = open_memstream(&script, &length);
    if (!memory) return kw_fail(KW_E_NOMEM, "no memory for a plot");
    const bool wanted = write_script(run, i, &figure, &words, last, memory);
    kw_status status = fclose(memory) ? kw_fail(KW_E_NOMEM, "no memory for a plot") : KW_OK;
    if (!status && wanted) status = plot_script(number, &figure, run->kind->fixed, script, out, plotted);
    free(script);
    return status;
}

static kw_status write_figures(const kw_run *run, size_t number, FILE *out) {
    kw_status status = KW_OK;
    bool plotted = true, last = false;
    for (size_t i = 0; !last && plotted && !status; ++i) status = write_figure(run, number, i, &last, out, &plotted);
    if (!plotted)
        fputs("<p class=\"warn\">No plots: gnuplot could not be run here (Debian: apt install gnuplot-nox). "
              "The numbers are in the tables below.</p>\n",
              out);
    if (run->columns && !run->step_count)
        fputs("<p class=\"soft\">No training curve: metrics.jsonl is missing or empty.</p>\n", out);
    return status;
}

static void open_details(FILE *out, const char *title) { fprintf(out, "<details><summary>%s</summary>\n", title); }

static void write_details(const kw_run *run, FILE *out) {
    if (run->columns) {
        open_details(out, "Resolved configuration (config.ini)");
        fputs("<pre" KW_HTML_SCROLL ">", out);
        kw_html_text(out, run->config ? run->config : "config.ini is missing");
        fputs("</pre></details>\n", out);
    }
    open_details(out, "Provenance");
    kw_table_provenance(run, out);
    fputs("</details>\n", out);
    if (run->step_count) {
        open_details(out, "Data: training curve (CSV)");
        fputs("<pre" KW_HTML_SCROLL ">", out);
        kw_csv_steps(run, out);
        fputs("</pre></details>\n", out);
    }
    if (run->kind->data) run->kind->data(run, out);
}

/* What the kind shows first, and what every run costs. */
static void write_tiles(const kw_run *run, FILE *out) {
    kw_tiles_begin(out);
    run->kind->tiles(run, out);
    kw_tile(out, "infidelity by rounding", kw_number_rounding(run, "estimate"));
    kw_tile(out, "wall time", kw_number_seconds(kw_run_number(run->result, "seconds")));
    kw_tile(out, "peak memory per rank", kw_number_bytes(kw_run_number(run->result, "peak_bytes_per_rank")));
    kw_tiles_end(out);
}

static void write_results(const kw_run *run, FILE *out) {
    fputs("<div class=\"columns\">\n<div>\n<h3>Results</h3>\n", out);
    run->kind->results(run, out);
    fputs("</div>\n<div>\n<h3>Resources</h3>\n", out);
    kw_table_resources(run, out);
    fputs("</div>\n</div>\n", out);
}

static kw_status write_run(const kw_run *run, size_t number, FILE *out) {
    fprintf(out, "<section class=\"card\" id=\"run-%zu\">\n<h2>", number);
    kw_html_text(out, run->name);
    fputs("</h2>\n<p class=\"headline\">", out);
    run->kind->headline(run, out);
    fputs("</p>\n", out);
    if (!run->finished)
        fputs("<p class=\"warn\">This run has not finished: the numbers are those of its last stop.</p>\n", out);
    write_tiles(run, out);
    const kw_status status = write_figures(run, number, out);
    if (run->kind->results) write_results(run, out);
    if (run->kind->lists) run->kind->lists(run, out);
    write_details(run, out);
    fputs("</section>\n", out);
    return status;
}

static kw_status make_page(const kw_run *runs, size_t count, char **page, size_t *length) {
    FILE *out = open_memstream(page, length);
    if (!out) return kw_fail(KW_E_NOMEM, "no memory for the report");
    kw_html_begin(out, count == 1 ? runs[0].name : title_of(runs, count));
    write_header(runs, count, out);
    kw_status status = KW_OK;
    for (size_t i = 0; i < count && !status; ++i) status = write_run(&runs[i], i + 1, out);
    kw_html_end(out);
    const bool failed = ferror(out) != 0;
    if ((fclose(out) || failed) && !status) status = kw_fail(KW_E_NOMEM, "no memory for the report");
    return status;
}

/* Writes to path.tmp, then renames: a reader never sees half a report. */
static kw_status write_file(const char *path, const char *page, size_t length) {
    const size_t bytes = strlen(path) + 5;
    char *temporary = malloc(bytes);
    if (!temporary) return kw_fail(KW_E_NOMEM, "%s: no memory", path);
    snprintf(temporary, bytes, "%s.tmp", path);
    FILE *file = fopen(temporary, "w");
    bool good = file && fwrite(page, 1, length, file) == length && !fflush(file) && !fsync(fileno(file));
    int error = errno;
    if (file && fclose(file) && good) {
        good = false;
        error = errno;
    }
    if (good && rename(temporary, path)) {
        good = false;
        error = errno;
    }
    if (file && !good) remove(temporary);
    free(temporary);
    return good ? KW_OK : kw_fail(KW_E_IO, "%s: %s", path, strerror(error));
}

kw_status kw_report_write(const char *const *run_dirs, size_t count, const char *path) {
    kw_run *runs = calloc(count + 1, sizeof *runs);
    if (!runs) return kw_fail(KW_E_NOMEM, "no memory for %zu runs", count);
    char *page = NULL;
    size_t length = 0;
    kw_status status = KW_OK;
    for (size_t i = 0; i < count && !status; ++i) status = kw_run_read(run_dirs[i], &runs[i]);
    if (!status) status = make_page(runs, count, &page, &length);
    if (!status) status = write_file(path, page, length);
    free(page);
    for (size_t i = 0; i < count; ++i) kw_run_free(&runs[i]);
    free(runs);
    return status;
}

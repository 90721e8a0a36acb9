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
#include "report/figures.h"
#include "report/html.h"
#include "report/plot.h"
#include "report/run.h"
#include "report/tables.h"

static void write_header(const kw_run *runs, size_t count, FILE *out) {
    char date[40] = "";
    const time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc)) strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", &utc);
    fputs("<header>\n<h1>Quantum autoencoder report</h1>\n<p class=\"soft\">", out);
    kw_html_format(out, "%zu %s, written %s by Ketwall %s (%s)", count, count == 1 ? "run" : "runs", date, KW_VERSION,
                   KW_GIT_REVISION);
    fputs("</p>\n</header>\n<section class=\"card\">\n<h2>Comparison</h2>\n<div class=\"wide\">\n", out);
    kw_table_comparison(runs, count, out);
    fputs("</div>\n<p class=\"soft\">F: mean trash fidelity, the probability of finding every trash qubit in |0&rang; after "
          "encoding. "
          "Optimum: the largest F that any encoder can reach on these states. Constant encoder: the largest F of one "
          "fixed state that answers every input.</p>\n</section>\n",
          out);
}

/* One figure, or nothing if the run has no data for it; *plotted tells whether gnuplot answered. */
static kw_status write_figure(const kw_run *run, size_t number, const kw_figure *figure, FILE *out, bool *plotted) {
    char *script = NULL, *svg = NULL, prefix[64];
    size_t length = 0;
    FILE *memory = open_memstream(&script, &length);
    if (!memory) return kw_fail(KW_E_NOMEM, "no memory for a plot");
    const bool wanted = figure->write(run, memory);
    kw_status status = fclose(memory) ? kw_fail(KW_E_NOMEM, "no memory for a plot") : KW_OK;
    snprintf(prefix, sizeof prefix, "run-%zu-%s-", number, figure->name);
    if (!status && wanted) status = kw_plot_svg(script, figure->height, prefix, &svg);
    if (svg) fprintf(out, "<figure>\n%s\n<figcaption>%s</figcaption>\n</figure>\n", svg, figure->caption);
    if (wanted && !svg) *plotted = false;
    free(svg);
    free(script);
    return status;
}

static kw_status write_figures(const kw_run *run, size_t number, FILE *out) {
    kw_status status = KW_OK;
    bool plotted = true;
    for (size_t i = 0; i < kw_figure_count && plotted && !status; ++i)
        status = write_figure(run, number, &kw_figures[i], out, &plotted);
    if (!plotted)
        fputs("<p class=\"warn\">No plots: gnuplot could not be run here (Debian: apt install gnuplot-nox). "
              "The numbers are in the tables below.</p>\n",
              out);
    if (!run->step_count) fputs("<p class=\"soft\">No training curve: metrics.jsonl is missing or empty.</p>\n", out);
    return status;
}

static void open_details(FILE *out, const char *title) { fprintf(out, "<details><summary>%s</summary>\n", title); }

static void write_details(const kw_run *run, FILE *out) {
    open_details(out, "Resolved configuration (config.ini)");
    fputs("<pre>", out);
    kw_html_text(out, run->config ? run->config : "config.ini is missing");
    fputs("</pre></details>\n", out);
    open_details(out, "Provenance");
    kw_table_provenance(run, out);
    fputs("</details>\n", out);
    open_details(out, "Data: training curve (CSV)");
    fputs("<pre>", out);
    kw_table_steps_csv(run, out);
    fputs("</pre></details>\n", out);
    open_details(out, "Data: every state (CSV)");
    fputs("<pre>", out);
    kw_table_members_csv(run, out);
    fputs("</pre></details>\n", out);
}

static kw_status write_run(const kw_run *run, size_t number, FILE *out) {
    fprintf(out, "<section class=\"card\" id=\"run-%zu\">\n<h2>", number);
    kw_html_text(out, run->name);
    fputs("</h2>\n<p class=\"headline\">", out);
    kw_table_headline(run, out);
    fputs("</p>\n", out);
    if (!run->finished)
        fputs("<p class=\"warn\">This run has not finished: the numbers are those of its last stop.</p>\n", out);
    kw_table_tiles(run, out);
    const kw_status status = write_figures(run, number, out);
    fputs("<div class=\"columns\">\n<div>\n<h3>Results</h3>\n", out);
    kw_table_results(run, out);
    fputs("</div>\n<div>\n<h3>Resources</h3>\n", out);
    kw_table_resources(run, out);
    fputs("</div>\n</div>\n", out);
    if (run->member_count) {
        fprintf(out, "<h3>States</h3>\n<details%s><summary>%zu states</summary>\n", run->member_count <= 16 ? " open" : "",
                run->member_count);
        kw_table_members(run, out);
        fputs("</details>\n", out);
    }
    write_details(run, out);
    fputs("</section>\n", out);
    return status;
}

static kw_status make_page(const kw_run *runs, size_t count, char **page, size_t *length) {
    FILE *out = open_memstream(page, length);
    if (!out) return kw_fail(KW_E_NOMEM, "no memory for the report");
    kw_html_begin(out, count == 1 ? runs[0].name : "Quantum autoencoder report");
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

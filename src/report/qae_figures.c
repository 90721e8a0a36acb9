/* F5  The three figures of a quantum autoencoder's run. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "report/chart.h"
#include "report/qae.h"

enum { MOST_LABELS = 36, LABEL_BYTES = 20 };

static double fidelity_of(const kw_run *run, size_t i) { return kw_run_value(run, i, KW_QAE_STEP_FIDELITY); }
static double test_fidelity_of(const kw_run *run, size_t i) { return kw_run_value(run, i, KW_QAE_STEP_TEST_FIDELITY); }

static double gap_of(const kw_run *run, size_t i) {
    const double gap = kw_qae_step_gap(run, i);
    return gap > 0.0 ? gap : NAN;
}

static double lower(double a, double b) { return !(b >= a) ? (isnan(b) ? a : b) : a; }

/* Lower end of a fidelity axis: a tenth below everything that is drawn. */
static double fidelity_floor(const kw_run *run, const kw_qae_scores *train, const kw_qae_scores *test) {
    double least = lower(lower(1.0, train->null_baseline), test->present ? test->null_baseline : NAN);
    for (size_t i = 0; i < run->step_count; ++i) least = lower(lower(least, fidelity_of(run, i)), test_fidelity_of(run, i));
    const double floor_value = floor(least * 10.0 - 0.5) / 10.0;
    return floor_value > 0.0 ? floor_value : 0.0;
}

static bool differs(double a, double b) { return isfinite(a) && !(fabs(a - b) < 1e-9); }

static void draw_bounds(const kw_qae_scores *train, FILE *out) {
    kw_chart_level(train->optimum, "2", KW_GREEN, "optimum", out);
    kw_chart_level(train->null_baseline, "3", KW_GREY, "constant encoder", out);
}

bool kw_qae_draw_training(const kw_run *run, FILE *out) {
    if (!run->step_count) return false;
    const kw_qae_scores train = kw_qae_train_scores(run), test = kw_qae_test_scores(run);
    kw_chart_style(out);
    kw_chart_steps(run, out);
    fprintf(out, "set ylabel 'trash fidelity F (dimensionless)' textcolor rgb '#374151'\nset yrange [%.17g:1.02]\n",
            fidelity_floor(run, &train, &test));
    const size_t seen = kw_chart_series(run, "TRAIN", fidelity_of, out);
    const size_t unseen = kw_chart_series(run, "TEST", test_fidelity_of, out);
    if (!seen) return false;
    fputs("plot $TRAIN using 1:2 with ", out);
    kw_chart_line(seen, 0, out);
    fputs(" lw 2.2 lc rgb '" KW_BLUE "' title 'train'", out);
    if (unseen) {
        fputs(", $TEST using 1:2 with ", out);
        kw_chart_line(unseen, 1, out);
        fputs(" lw 2.2 lc rgb '" KW_ORANGE "' title 'test'", out);
    }
    draw_bounds(&train, out);
    if (unseen && differs(test.optimum, train.optimum)) kw_chart_level(test.optimum, "4", KW_GREEN, "optimum, test", out);
    if (unseen && differs(test.null_baseline, train.null_baseline))
        kw_chart_level(test.null_baseline, "4", KW_GREY, "constant, test", out);
    fputc('\n', out);
    return true;
}

bool kw_qae_draw_convergence(const kw_run *run, FILE *out) {
    const kw_chart_distance distance = {
        .value = gap_of, .title = "optimum - F", .unit = "dimensionless", .gradient_unit = "1/rad", .control = NAN};
    return kw_chart_convergence(run, &distance, out);
}

/* A label as one field of a data line: blanks for control characters, other quotes for ", cut between UTF-8 characters. */
static void write_label(const char *label, FILE *out) {
    size_t length = strlen(label);
    const bool cut = length > LABEL_BYTES;
    if (cut)
        for (length = LABEL_BYTES; length && ((unsigned char)label[length] & 0xC0) == 0x80;) --length;
    for (size_t i = 0; i < length; ++i) {
        const char c = label[i];
        fputc(iscntrl((unsigned char)c) ? ' ' : c == '"' ? '\'' : c, out);
    }
    if (cut) fputs("\xE2\x80\xA6", out);
}

static size_t write_set(const kw_run *run, bool test, FILE *out) {
    const size_t count = kw_qae_members(run), stride = count / KW_CHART_POINTS + 1;
    size_t written = 0;
    fprintf(out, "$%s << EOD\n", test ? "TEST" : "TRAIN");
    for (size_t i = 0; i < count; i += stride) {
        const kw_qae_member member = kw_qae_member_at(run, i);
        if (member.test != test || !isfinite(member.fidelity)) continue;
        fprintf(out, "%zu\t%.17g\t", i, member.fidelity);
        write_label(*member.label ? member.label : " ", out);
        fputc('\n', out);
        ++written;
    }
    fputs("EOD\n", out);
    return written;
}

bool kw_qae_draw_members(const kw_run *run, FILE *out) {
    const size_t count = kw_qae_members(run);
    if (!count) return false;
    const bool labels = count <= MOST_LABELS;
    const kw_qae_scores scores = kw_qae_train_scores(run);
    kw_chart_style(out);
    const size_t train = write_set(run, false, out), test = write_set(run, true, out);
    if (!train && !test) return false;
    fprintf(out,
            "set xrange [-0.7:%.1f]\nset yrange [0:1.05]\nset ylabel 'trash fidelity F (dimensionless)' textcolor rgb "
            "'#374151'\n",
            (double)count - 0.3);
    fprintf(out, "set style fill solid 0.85 noborder\nset boxwidth 0.72\nset xlabel '%s' textcolor rgb '#374151'\n",
            labels ? "state of the ensemble (label)" : "state of the ensemble (index)");
    if (labels) fputs("set xtics rotate by -40 left noenhanced scale 0\n", out);
    const char *columns = labels ? "1:2:xticlabels(stringcolumn(3))" : "1:2";
    fputs("plot ", out);
    if (train) fprintf(out, "$TRAIN using %s with boxes lc rgb '" KW_BLUE "' title 'train'", columns);
    if (test)
        fprintf(out, "%s$TEST using %s with boxes " KW_CHART_LIGHT(KW_ORANGE) " title 'test'", train ? ", " : "", columns);
    draw_bounds(&scores, out);
    fputc('\n', out);
    return true;
}

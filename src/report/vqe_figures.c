/* F5  The two figures of a variational eigensolver's run. */
#include <math.h>

#include "report/chart.h"
#include "report/vqe.h"

static double energy_of(const kw_run *run, size_t i) { return kw_run_value(run, i, KW_VQE_STEP_ENERGY); }
static double cost_of(const kw_run *run, size_t i) { return kw_run_value(run, i, KW_ROW_COST); }

static double gap_of(const kw_run *run, size_t i) {
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    const double gap = energy_of(run, i) - n.exact;
    return gap > n.rounding ? gap : NAN;
}

/* Measured by shots, the energy is known exactly at some steps only. */
bool kw_vqe_draw_energy(const kw_run *run, FILE *out) {
    if (!run->step_count) return false;
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    const bool shots = kw_run_number(run->result, "shots") > 0.0;
    kw_chart_style(out);
    kw_chart_steps(run, out);
    fputs("set ylabel 'energy (units of H)' textcolor rgb '#374151'\n"
          "set offsets graph 0, graph 0, graph 0.05, graph 0.05\n",
          out);
    const size_t measured = shots ? kw_chart_series(run, "SHOTS", cost_of, out) : 0;
    const size_t known = kw_chart_series(run, "ENERGY", energy_of, out);
    if (!measured && !known) return false;
    fputs("plot ", out);
    if (measured) {
        fputs("$SHOTS using 1:2 with ", out);
        kw_chart_line(measured, 1, out);
        fprintf(out, " lw 1.2 lc rgb '" KW_ORANGE "' title 'measured by shots'%s", known ? ", " : "");
    }
    if (known) {
        fputs("$ENERGY using 1:2 with ", out);
        kw_chart_line(known, 0, out);
        fprintf(out, " lw 2.2 lc rgb '" KW_BLUE "' title '%s'", measured ? "without shot noise" : "energy");
    }
    kw_chart_level(n.exact, "2", KW_GREEN, "exact", out);
    kw_chart_level(n.product, "3", KW_GREY, "best product state found", out);
    fputc('\n', out);
    return true;
}

bool kw_vqe_draw_convergence(const kw_run *run, FILE *out) {
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    const kw_chart_distance distance = {.value = gap_of,
                                        .title = "E - exact",
                                        .unit = "units of H",
                                        .gradient_unit = "units of H / rad",
                                        .control = isnan(n.closed) ? NAN : n.product - n.exact,
                                        .control_title = "best product state found"};
    return kw_chart_convergence(run, &distance, out);
}

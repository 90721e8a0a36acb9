/* F5  Runs of the variational eigensolver: their numbers, and their place in the report. */
#include "report/vqe.h"

#include <math.h>
#include <string.h>

/* Far above the rounding of a sum over amplitudes, far below what training leaves. */
static const double DOUBLE_ROUNDING = 1e-12, SINGLE_ROUNDING = 1e-5;

static double rounding_of(const kw_run *run, double energy) {
    const char *precision = kw_run_text(run->result, "precision");
    const double relative = precision && strcmp(precision, "double") != 0 ? SINGLE_ROUNDING : DOUBLE_ROUNDING;
    return relative * fmax(1.0, fabs(energy));
}

kw_vqe_numbers kw_vqe_numbers_of(const kw_run *run) {
    const json_t *result = run->result, *best = json_object_get(result, "best_sample");
    kw_vqe_numbers n = {.energy = kw_run_number(result, "energy"),
                        .variance = kw_run_number(result, "variance"),
                        .exact = kw_run_number(result, "exact_energy"),
                        .method = kw_run_text(result, "exact_method"),
                        .residual = kw_run_number(result, "exact_residual"),
                        .product = kw_run_number(result, "product_energy"),
                        .closed = NAN,
                        .open = NAN,
                        .best_bits = kw_run_text(best, "bits"),
                        .best_energy = kw_run_number(best, "energy")};
    n.rounding = rounding_of(run, isfinite(n.exact) ? n.exact : n.energy);
    n.gap = n.energy - n.exact;
    if (n.product - n.exact > n.rounding) {
        n.open = fabs(n.gap) <= n.rounding ? 0.0 : n.gap / (n.product - n.exact);
        n.closed = 1.0 - n.open;
    }
    return n;
}

static const kw_table_head heads[] = {{"Hamiltonian", false},
                                      {"qubits", true},
                                      {"energy E", true},
                                      {"exact energy", true},
                                      {"E \xE2\x88\x92 exact", true},
                                      {"best product state", true},
                                      {"gap closed", true}};

static const kw_figure figures[] = {
    {"energy",
     "<b>Energy.</b> Expectation value of the Hamiltonian H. No state lies below the exact energy; a circuit that stays "
     "above the best product state found does worse than its classical control.",
     370, kw_vqe_draw_energy},
    {"convergence",
     "<b>Convergence.</b> Distance to the exact energy, where that is known, and size of the gradient, where the optimiser "
     "takes one. Below a dotted line, the best product state found, it is better than its classical control. Steps at which "
     "the distance is zero "
     "within rounding are not drawn.",
     370, kw_vqe_draw_convergence},
};

const kw_kind kw_kind_vqe = {
    .format = KW_KIND_FORMAT(vqe),
    .version = 1,
    .columns = KW_ROW_COMMON KW_VQE_STEP_LIST(KW_KIND_STEP_NAME),
    .title = "Variational eigensolver report",
    .name = "variational eigensolvers",
    .explanation =
        "Energies are in the units of the Hamiltonian. Exact energy: of the ground state, by the method that each run "
        "names. "
        "Best product state: the classical control, the lowest state without entanglement that was found. Gap closed: "
        "share of the distance from the best product state down to the exact energy; negative where the run is worse than "
        "that state, empty where that state is exact already or the exact energy is not known.",
    .heads = heads,
    .head_count = sizeof heads / sizeof *heads,
    .compare = kw_vqe_compare,
    .headline = kw_vqe_headline,
    .tiles = kw_vqe_tiles,
    .results = kw_vqe_results,
    .figures = figures,
    .figure_count = sizeof figures / sizeof *figures,
};

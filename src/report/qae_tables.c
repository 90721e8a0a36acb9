/* F5  Headline and tables of a quantum autoencoder's run. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/qae.h"
#include "report/tables.h"

/* Names of the families for people; others are shown as they are. */
static const char *family_name(const char *family) {
    static const char *const names[][2] = {
        {"ghz-angle", "GHZ angle family"},
        {"ghz-phase", "GHZ phase family"},
        {"w-phase", "W phase family"},
        {"w-graded", "graded W family"},
        {"dicke-phase", "Dicke phase family"},
        {"cerezo", "Cerezo et al. ensemble"},
        {"identical", "identical product states"},
        {"stabilizer", "stabilizer code words"},
        {"sector", "fixed Hamming weight"},
        {"spectrum", "given spectrum"},
        {"random", "Haar-random states"},
        {"tfim", "transverse-field Ising ground states"},
        {"heisenberg", "Heisenberg ground states"},
        {"hubbard", "Hubbard ground states"},
        {"files", "states from files"},
    };
    for (size_t i = 0; family && i < sizeof names / sizeof *names; ++i)
        if (!strcmp(names[i][0], family)) return names[i][1];
    return family ? family : "unnamed family";
}

static kw_number_text optimum_text(const kw_qae_scores *s) { return kw_number_fidelity(s->optimum, s->optimum_error); }

static kw_number_text fidelity_text(const kw_qae_scores *s) { return kw_number_fidelity(s->fidelity, s->infidelity); }

static kw_number_text reconstruction_text(const kw_qae_scores *s) { return kw_number_fidelity(s->reconstruction, NAN); }

/* Distances below rounding say nothing about the training. */
static kw_number_text gap_text(double gap) {
    kw_number_text text = kw_number_small(gap);
    if (fabs(gap) < 1e-15) snprintf(text.text, sizeof text.text, "< 10\xE2\x81\xBB\xC2\xB9\xE2\x81\xB5");
    return text;
}

static kw_number_text plain(const kw_run *run, const char *name) {
    return kw_number_plain(kw_run_number(run->result, name));
}

void kw_qae_headline(const kw_run *run, FILE *out) {
    const kw_qae_scores train = kw_qae_train_scores(run), test = kw_qae_test_scores(run);
    kw_html_format(out, "%s, %s qubits \xE2\x86\x92 %s latent %s: fidelity %s",
                   family_name(kw_run_text(run->result, "family")), plain(run, "qubits").text, plain(run, "latent").text,
                   kw_run_number(run->result, "latent") == 1.0 ? "qubit" : "qubits", fidelity_text(&train).text);
    if (isfinite(train.optimum)) kw_html_format(out, " of at most %s (exact optimum)", optimum_text(&train).text);
    if (isfinite(train.null_baseline))
        kw_html_format(out, "; best constant encoder %s", kw_number_plain(train.null_baseline).text);
    if (test.present) kw_html_format(out, "; unseen states %s", fidelity_text(&test).text);
    fputc('.', out);
}

void kw_qae_compare(const kw_run *run, kw_table *table) {
    const kw_qae_scores train = kw_qae_train_scores(run), test = kw_qae_test_scores(run);
    kw_table_text(table, family_name(kw_run_text(run->result, "family")));
    kw_table_format(table, true, "%s \xE2\x86\x92 %s", plain(run, "qubits").text, plain(run, "latent").text);
    kw_table_number(table, fidelity_text(&train));
    kw_table_number(table, gap_text(train.gap));
    kw_table_number(table, fidelity_text(&test));
    kw_table_number(table, kw_number_plain(train.null_baseline));
}

void kw_qae_tiles(const kw_run *run, FILE *out) {
    const kw_qae_scores train = kw_qae_train_scores(run), test = kw_qae_test_scores(run);
    kw_tile(out, "trash fidelity, train", fidelity_text(&train));
    kw_tile(out, "trash fidelity, unseen states", fidelity_text(&test));
    kw_tile(out, "distance to the exact optimum", gap_text(train.gap));
    kw_tile(out, "reconstruction fidelity, train", reconstruction_text(&train));
}

/* A row of the numbers of both sets; nothing if neither is known. */
static void score_row(kw_table *table, const char *name, kw_number_text train, kw_number_text test) {
    if (!kw_number_known(train) && !kw_number_known(test)) return;
    kw_table_row(table, name);
    kw_table_number(table, train);
    if (table->count > 2) kw_table_number(table, test);
    kw_table_row_end(table);
}

void kw_qae_results(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"dimensionless", false}, {"train", true}, {"test", true}};
    const kw_qae_scores train = kw_qae_train_scores(run), test = kw_qae_test_scores(run);
    const kw_qae_scores *a = &train, *b = &test;
    kw_table table = kw_table_begin(out, heads, test.present ? 3 : 2);
    score_row(&table, "states", plain(run, "members_train"), plain(run, "members_test"));
    score_row(&table, "trash fidelity F", fidelity_text(a), fidelity_text(b));
    score_row(&table, "infidelity 1 \xE2\x88\x92 F", kw_number_small(a->infidelity), kw_number_small(b->infidelity));
    score_row(&table, "exact optimum", optimum_text(a), optimum_text(b));
    score_row(&table, "optimum \xE2\x88\x92 F", gap_text(a->gap), gap_text(b->gap));
    score_row(&table, "best constant encoder", kw_number_plain(a->null_baseline), kw_number_plain(b->null_baseline));
    score_row(&table, "global cost", kw_number_small(a->cost_global), kw_number_small(b->cost_global));
    score_row(&table, "local cost", kw_number_small(a->cost_local), kw_number_small(b->cost_local));
    if (kw_run_text(run->result, "rounding"))
        score_row(&table, "rounding may have moved the cost by at most",
                  kw_number_small(kw_run_number(run->result, "cost_bound")), kw_number_small(NAN));
    score_row(&table, "reconstruction fidelity", reconstruction_text(a), reconstruction_text(b));
    score_row(&table, "gradient norm at the end (1/rad)", kw_number_small(kw_run_number(run->result, "gradient_norm")),
              kw_number_small(NAN));
    kw_table_end(&table);
}

/* F5  Headline and tables of a variational eigensolver's run. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/vqe.h"

enum { SHORT = 6, LONG = 12 }; /* decimals of energies in sentences, in the table of results */

/* Names for people; others are shown as they are. */
static const char *hamiltonian_name(const kw_run *run) {
    static const char *const names[][2] = {
        {"tfim", "Ising chain"}, {"heisenberg", "Heisenberg chain"}, {"maxcut", "MaxCut"}, {"file", "Pauli sum"}};
    const char *name = kw_run_text(run->result, "hamiltonian");
    for (size_t i = 0; name && i < sizeof names / sizeof *names; ++i)
        if (!strcmp(names[i][0], name)) return names[i][1];
    return name ? name : "unnamed Hamiltonian";
}

/* Never NULL. */
static const char *file_of(const kw_run *run) {
    const char *file = kw_run_text(run->result, "file");
    return file ? file : "";
}

/* "Ising chain (ring), h = 0.5"; "MaxCut of graph.txt". */
static void write_hamiltonian(const kw_run *run, char *text, size_t bytes) {
    const char *name = hamiltonian_name(run), *file = file_of(run);
    const double coupling = kw_run_number(run->result, "coupling");
    const bool ring = json_is_true(json_object_get(run->result, "periodic"));
    if (*file) snprintf(text, bytes, "%s of %s", name, file);
    else if (isfinite(coupling))
        snprintf(text, bytes, "%s%s, %s = %g", name, ring ? " (ring)" : "", strstr(name, "Ising") ? "h" : "Delta", coupling);
    else snprintf(text, bytes, "%s", name);
}

static kw_number_text plain(const kw_run *run, const char *name) {
    return kw_number_plain(kw_run_number(run->result, name));
}

static kw_number_text gap_text(double gap, double rounding) {
    kw_number_text text = kw_number_small(gap);
    if (isfinite(gap) && fabs(gap) <= rounding) snprintf(text.text, sizeof text.text, "0 within rounding");
    return text;
}

static kw_number_text closed_text(const kw_vqe_numbers *n) {
    return n->closed < 0.0 ? kw_number_plain(n->closed) : kw_number_fidelity(n->closed, n->open);
}

/* How the result stands to its classical control, as sentences; nothing where it is better. */
static void write_judgement(const kw_vqe_numbers *n, FILE *out) {
    const double above = n->energy - n->product;
    if (fabs(above) <= n->rounding) fputs(" The best product state found reaches the same energy.", out);
    if (!(above > n->rounding)) return;
    fputs(" <span class=\"warn\">Worse than the classical control: ", out);
    kw_html_format(out, "this energy lies %s above the best product state found", kw_number_energy(above, SHORT).text);
    if (n->best_energy <= n->product + n->rounding) fputs("; only the best sample is as low", out);
    if (n->best_energy > n->product + n->rounding) fputs("; the best sample lies above it, too", out);
    fputs(".</span>", out);
}

void kw_vqe_headline(const kw_run *run, FILE *out) {
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    char name[256];
    write_hamiltonian(run, name, sizeof name);
    kw_html_format(out, "%s, %s qubits: energy %s", name, plain(run, "qubits").text, kw_number_energy(n.energy, SHORT).text);
    if (isfinite(n.exact)) kw_html_format(out, " of exact %s", kw_number_energy(n.exact, SHORT).text);
    if (isfinite(n.exact) && n.method && *n.method) kw_html_format(out, " (%s)", n.method);
    if (isfinite(n.product)) kw_html_format(out, ", best product state found %s", kw_number_energy(n.product, SHORT).text);
    if (n.best_bits)
        kw_html_format(out, ", best sample %s with %s", n.best_bits, kw_number_energy(n.best_energy, SHORT).text);
    fputc('.', out);
    write_judgement(&n, out);
}

void kw_vqe_compare(const kw_run *run, kw_table *table) {
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    char name[256];
    write_hamiltonian(run, name, sizeof name);
    kw_table_format(table, false, "%s", name);
    kw_table_number(table, plain(run, "qubits"));
    kw_table_number(table, kw_number_energy(n.energy, SHORT));
    kw_table_number(table, kw_number_energy(n.exact, SHORT));
    kw_table_number(table, gap_text(n.gap, n.rounding));
    kw_table_number(table, kw_number_energy(n.product, SHORT));
    kw_table_number(table, closed_text(&n));
}

void kw_vqe_tiles(const kw_run *run, FILE *out) {
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    kw_tile(out, "energy", kw_number_energy(n.energy, SHORT));
    kw_tile(out, "distance to the exact energy", gap_text(n.gap, n.rounding));
    kw_tile(out, "best product state found", kw_number_energy(n.product, SHORT));
    kw_tile(out, "of the gap from there to exact closed", closed_text(&n));
    kw_tile(out, "energy of the best sample", kw_number_energy(n.best_energy, SHORT));
    kw_tile(out, "variance (0 in an eigenstate)", kw_number_small(n.variance));
}

void kw_vqe_results(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"energies in the units of the Hamiltonian", false}, {"value", true}};
    const kw_vqe_numbers n = kw_vqe_numbers_of(run);
    const double qubits = kw_run_number(run->result, "qubits");
    kw_table table = kw_table_begin(out, heads, 2);
    kw_table_pair(&table, "Pauli strings", plain(run, "terms"));
    kw_table_pair(&table, "energy E", kw_number_energy(n.energy, LONG));
    if (kw_run_text(run->result, "rounding"))
        kw_table_pair(&table, "rounding may have moved E by at most",
                      kw_number_small(kw_run_number(run->result, "energy_bound")));
    kw_table_pair(&table, "exact ground-state energy", kw_number_energy(n.exact, LONG));
    if (isfinite(n.exact)) kw_table_text_pair(&table, "method of the exact energy", n.method);
    kw_table_pair(&table, "residual of the exact energy", kw_number_small(n.residual));
    kw_table_pair(&table, "E \xE2\x88\x92 exact", gap_text(n.gap, n.rounding));
    kw_table_pair(&table, "(E \xE2\x88\x92 exact) per qubit", gap_text(n.gap / qubits, n.rounding / qubits));
    kw_table_pair(&table, "best product state found", kw_number_energy(n.product, LONG));
    kw_table_pair(&table, "share of the gap from there to exact closed", closed_text(&n));
    kw_table_pair(&table, "variance of the energy", kw_number_small(n.variance));
    kw_table_text_pair(&table, "best sample", n.best_bits);
    kw_table_pair(&table, "energy of the best sample", kw_number_energy(n.best_energy, LONG));
    kw_table_pair(&table, "gradient norm at the end (per rad)",
                  kw_number_small(kw_run_number(run->result, "gradient_norm")));
    kw_table_end(&table);
}

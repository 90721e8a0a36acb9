/* F5  The states of a quantum autoencoder's run, one by one: table and CSV. */
#include <math.h>

#include "report/html.h"
#include "report/qae.h"
#include "report/tables.h"

enum { FEW_MEMBERS = 16 }; /* shown without being asked for */

static void member_row(const kw_qae_member *member, kw_table *table) {
    kw_table_row(table, NULL);
    kw_table_number(table, kw_number_plain(member->index));
    kw_table_text(table, member->test ? "test" : "train");
    kw_table_text(table, member->label);
    kw_table_number(table, kw_number_plain(member->weight));
    kw_table_number(table, kw_number_fidelity(member->fidelity, member->infidelity));
    kw_table_number(table, kw_number_small(member->infidelity));
    kw_table_number(table, kw_number_fidelity(member->reconstruction, NAN));
    kw_table_text(table, member->note);
    kw_table_row_end(table);
}

void kw_qae_member_table(const kw_run *run, FILE *out) {
    static const kw_table_head heads[] = {{"index", true},          {"set", false}, {"state", false},
                                          {"weight", true},         {"F", true},    {"1 \xE2\x88\x92 F", true},
                                          {"reconstruction", true}, {"note", false}};
    const size_t count = kw_qae_members(run);
    if (!count) return;
    fprintf(out, "<h3>States</h3>\n<details%s><summary>%zu states</summary>\n", count <= FEW_MEMBERS ? " open" : "", count);
    kw_table table = kw_table_begin(out, heads, sizeof heads / sizeof *heads);
    for (size_t i = 0; i < count; ++i) {
        const kw_qae_member member = kw_qae_member_at(run, i);
        member_row(&member, &table);
    }
    kw_table_end(&table);
    fputs("</details>\n", out);
}

void kw_qae_member_csv(const kw_run *run, FILE *out) {
    const size_t count = kw_qae_members(run);
    if (!count) return;
    fputs("<details><summary>Data: every state (CSV)</summary>\n<pre" KW_HTML_SCROLL ">"
          "index,set,label,weight,fidelity,infidelity,reconstruction,note\n",
          out);
    for (size_t i = 0; i < count; ++i) {
        const kw_qae_member member = kw_qae_member_at(run, i);
        if (isfinite(member.index)) fprintf(out, "%.17g", member.index);
        fputs(member.test ? ",test" : ",train", out);
        kw_csv_text(out, member.label);
        kw_csv_number(out, member.weight);
        kw_csv_number(out, member.fidelity);
        kw_csv_number(out, member.infidelity);
        kw_csv_number(out, member.reconstruction);
        kw_csv_text(out, member.note);
        fputc('\n', out);
    }
    fputs("</pre></details>\n", out);
}

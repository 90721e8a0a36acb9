/* F5  The numbers behind the figures as CSV inside HTML: empty fields where a file held none. */
#include <math.h>

#include "report/html.h"
#include "report/tables.h"

static void number_field(FILE *out, double value) {
    fputc(',', out);
    if (isfinite(value)) fprintf(out, "%.17g", value);
}

/* Quoted, with quotes doubled (RFC 4180), then escaped for HTML. */
static void text_field(FILE *out, const char *text) {
    fputs(",&quot;", out);
    for (; *text; ++text) {
        const char character[] = {*text, '\0'};
        kw_html_text(out, character);
        if (*text == '"') kw_html_text(out, character);
    }
    fputs("&quot;", out);
}

void kw_table_steps_csv(const kw_run *run, FILE *out) {
    fputs("step,seconds,cost,cost_global,cost_local,fidelity,infidelity,gradient_norm,test_fidelity,reconstruction,"
          "test_reconstruction\n",
          out);
    for (size_t i = 0; i < run->step_count; ++i) {
        const kw_run_step *step = &run->steps[i];
        const double fields[] = {
            step->seconds,    step->cost,          step->cost_global,   step->cost_local,     step->fidelity,
            step->infidelity, step->gradient_norm, step->test_fidelity, step->reconstruction, step->test_reconstruction};
        fprintf(out, "%.17g", step->step);
        for (size_t j = 0; j < sizeof fields / sizeof *fields; ++j) number_field(out, fields[j]);
        fputc('\n', out);
    }
}

void kw_table_members_csv(const kw_run *run, FILE *out) {
    fputs("index,set,label,weight,fidelity,infidelity,reconstruction,note\n", out);
    for (size_t i = 0; i < run->member_count; ++i) {
        const kw_run_member *member = &run->members[i];
        if (isfinite(member->index)) fprintf(out, "%.17g", member->index);
        fputs(member->test ? ",test" : ",train", out);
        text_field(out, member->label);
        number_field(out, member->weight);
        number_field(out, member->fidelity);
        number_field(out, member->infidelity);
        number_field(out, member->reconstruction);
        text_field(out, member->note);
        fputc('\n', out);
    }
}

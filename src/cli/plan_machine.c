/* F6  The machine that seconds are predicted for. */
#include <stdio.h>

#include "cli/plan_circuit.h"

kw_status kw_plan_measure(kw_plan_request *r, kw_precision precision) {
    if (r->file) return KW_OK;
    kw_machine machine = {0};
    kw_status status = kw_machine_measure(r->ranks, &machine);
    if (status == KW_OK) status = kw_rates_measure(precision, &machine.rates[precision]);
    if (status == KW_OK) r->machine = machine;
    return status;
}

static double cores_of(const kw_plan_request *r) { return r->ranks * r->machine.cores_per_rank; }

void kw_plan_print_machine(const kw_plan_request *r) {
    if (r->file) {
        const int per_node = r->machine.ranks_per_node;
        printf("%d of %d nodes of %s, %.3g cores per rank\n", (r->ranks - 1) / per_node + 1, r->machine.nodes, r->file,
               r->machine.cores_per_rank);
        return;
    }
    printf("%.0f of %d cores of this machine, measured just now%s\n", cores_of(r), kw_machine_cores(),
           r->ranks > kw_machine_cores() ? "; there are more ranks than cores, so they take turns (--machine FILE: another)"
                                         : "");
}

void kw_plan_machine_json(const kw_plan_request *r, json_t *object) {
    json_object_set_new(object, "machine", r->file ? json_string(r->file) : json_null());
    json_object_set_new(object, "cores", json_real(cores_of(r)));
}

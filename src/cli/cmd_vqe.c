/* F6  ketwall vqe: minimises a Pauli sum over a trainable circuit. */
#include <stdio.h>

#include "cli/learn.h"
#include "models/vqe.h"

static void print(const json_t *r) {
    const json_t *exact = json_object_get(r, "exact_energy"), *variance = json_object_get(r, "variance");
    const json_t *best = json_object_get(r, "best_sample");
    printf("%-8s %.12f\n", "energy", kw_json_number(r, "energy"));
    if (json_is_number(exact))
        printf("%-8s %.12f (%s), gap %.3e\n", "exact", json_number_value(exact),
               json_string_value(json_object_get(r, "exact_method")), kw_json_number(r, "gap"));
    else printf("%-8s not computed\n", "exact");
    printf("%-8s %.12f (best product state found)\n", "product", kw_json_number(r, "product_energy"));
    if (json_is_number(variance)) printf("%-8s %.3e (0 in an eigenstate)\n", "variance", json_number_value(variance));
    if (best)
        printf("%-8s %s, energy %.12g: best of the basis states sampled at the end\n", "bits",
               json_string_value(json_object_get(best, "bits")), kw_json_number(best, "energy"));
    kw_print_costs(r);
}

int kw_cmd_vqe(const kw_cli *cli) {
    static const kw_learner learner = {
        .verb = "vqe",
        .summary =
            "Variational quantum eigensolver: minimises the energy of a Pauli sum (a file, a spin chain, the cut of a "
            "graph)\n"
            "over a trainable circuit (the ansatz library, qaoa, or gate ansatz of an OpenQASM file), beside the exact\n"
            "ground-state energy and the best product state.  Writes config.ini, metrics.jsonl, checkpoint-*.h5 and\n"
            "result.json into run.dir.  Keys and defaults: ketwall config template vqe.",
        .example = "mpirun -n 2 ketwall vqe jobs/configs/vqe.ini -p vqe.qubits=12",
        .run = kw_vqe_run,
        .print = print,
    };
    return kw_learn(cli, &learner);
}

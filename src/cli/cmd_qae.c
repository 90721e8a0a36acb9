/* F6  ketwall qae: trains a quantum autoencoder. */
#include <stdio.h>

#include "cli/learn.h"
#include "models/qae.h"

static void print_set(const char *name, const json_t *set, double optimum_error, double null_baseline) {
    printf("%-8s fidelity %.12f, reconstruction %.12f\n", name, kw_json_number(set, "fidelity"),
           kw_json_number(set, "reconstruction"));
    printf("%-8s infidelity %.6e (exact optimum %.3e, best constant encoder %.3e)\n", "", kw_json_number(set, "infidelity"),
           optimum_error, 1 - null_baseline);
    printf("%-8s cost: global %.6e  local %.6e\n", "", kw_json_number(set, "cost_global"),
           kw_json_number(set, "cost_local"));
}

static void print(const json_t *r) {
    const json_t *test = json_object_get(r, "test");
    print_set("train", json_object_get(r, "train"), kw_json_number(r, "optimum_error"), kw_json_number(r, "null_baseline"));
    if (json_is_object(test))
        print_set("test", test, kw_json_number(r, "test_optimum_error"), kw_json_number(r, "test_null_baseline"));
    kw_print_costs(r);
}

int kw_cmd_qae(const kw_cli *cli) {
    static const kw_learner learner = {
        .verb = "qae",
        .summary =
            "Trains an encoder circuit that compresses an ensemble of quantum states into fewer qubits, beside the exact\n"
            "optimum and the best constant encoder.  Writes config.ini, metrics.jsonl, checkpoint-*.h5 and result.json\n"
            "into run.dir.  Keys and defaults: ketwall config template qae.",
        .example = "mpirun -n 2 ketwall qae jobs/configs/qae.ini -p train.steps=50",
        .run = kw_qae_run,
        .print = print,
    };
    return kw_learn(cli, &learner);
}

/* F6  ketwall train: a circuit generates the weights of a network. */
#include <stdio.h>

#include "cli/learn.h"
#include "models/train.h"

static void print_score(const char *name, const json_t *score) {
    if (json_is_object(score))
        printf("%-10s accuracy %6.2f %%  loss %.4f  (%.0f images)\n", name, 100 * kw_json_number(score, "accuracy"),
               kw_json_number(score, "loss"), kw_json_number(score, "images"));
}

static void print(const json_t *r) {
    const json_t *time = json_object_get(r, "time");
    const double steps = kw_json_number(time, "steps"), all = kw_json_number(time, "all");
    printf("%-10s %.0f weights of the network from %.0f trained parameters (%.0f that matter)\n", "generator",
           kw_json_number(r, "weights"), kw_json_number(r, "parameters"), kw_json_number(r, "effective_parameters"));
    print_score("train", json_object_get(r, "train"));
    print_score("validation", json_object_get(r, "validation"));
    print_score("test", json_object_get(r, "test"));
    if (steps > 0)
        printf("%-10s %.3f ms: circuit %.0f %%, mapping %.0f %%, network %.0f %%\n", "one step", 1e3 * all / steps,
               100 * kw_json_number(time, "circuit") / all, 100 * kw_json_number(time, "mapping") / all,
               100 * kw_json_number(time, "cnn") / all);
    kw_print_costs(r);
}

int kw_cmd_train(const kw_cli *cli) {
    static const kw_learner learner = {
        .verb = "train",
        .summary =
            "Quantum-Train: a small circuit and a mapping network generate all weights of a CNN, which is trained on\n"
            "images (drawn digits, MNIST, Fashion-MNIST, CIFAR-10), the batch shared by all ranks; or, by\n"
            "generator.source, a classical control.  Writes config.ini, metrics.jsonl (a row per epoch),\n"
            "checkpoint-*.h5 and result.json into run.dir.  Keys and defaults: ketwall config template train.",
        .example = "mpirun -n 2 ketwall train jobs/configs/quantum-train-seed.ini -p data.set=digits",
        .run = kw_train_run,
        .print = print,
    };
    return kw_learn(cli, &learner);
}

/* F6  What the verbs of the learning systems share: ketwall qae, ketwall vqe. */
#ifndef KW_LEARN_H
#define KW_LEARN_H

#include "cli/cli.h"
#include "io/config.h"
#include "models/training.h"

typedef struct {
    const char *verb, *summary, *example;
    /* collective; as kw_qae_run */
    kw_status (*run)(kw_comm *world, const kw_config *config, const kw_training_request *request, json_t **result);
    void (*print)(const json_t *result);
} kw_learner;

/** The whole verb: words, configuration, run, result.                                  @return the exit code @collective */
int kw_learn(const kw_cli *cli, const kw_learner *learner);

/** A number of a JSON object, 0 if it is not there.                                                              @local */
double kw_json_number(const json_t *object, const char *name);

/** Prints the last line of a result: steps, seconds, exchanges, bytes.                                           @local */
void kw_print_costs(const json_t *result);

#endif

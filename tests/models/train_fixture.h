/* A Quantum-Train system without a run directory, for tests that go step by step. */
#ifndef TEST_TRAIN_FIXTURE_H
#define TEST_TRAIN_FIXTURE_H

#include "models/train_internal.h"

typedef struct {
    kw_config *source;
    kw_train_config config;
    kw_train *train;
} train_fixture;

/** The option table with lines "section.key=value", one behind the other, set. */
kw_config *train_options(const char *lines);

/** The whole system on all ranks of a communicator; data sets from files need KETWALL_DATA_DIR. */
train_fixture *train_make(kw_comm *comm, const char *lines);
void train_free(train_fixture *fixture);

#endif

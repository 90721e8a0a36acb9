/* Studies run in a directory of their own, removed after each test. */
#ifndef TEST_STUDY_H
#define TEST_STUDY_H

#include "studies/study.h"
#include "support/world.h"

/** Runs the study with "section.key=value" words between spaces; result as in kw_study_run.                @collective */
kw_status test_study(const char *name, const char *words, json_t **result);

bool test_study_root(void);

/** Puts the stop file into the study's directory, or takes it away.                                        @collective */
void test_study_ask_to_stop(bool stop);

/** Rows that result.json of the study's directory holds, on every rank.                                    @collective */
size_t test_study_kept(void);

int test_study_make_folder(void **state);
int test_study_remove_folder(void **state);

#define TEST_STUDY(test) cmocka_unit_test_setup_teardown(test, test_study_make_folder, test_study_remove_folder)

#endif

/* Studies run in a directory of their own. */
#include "support/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static char folder[64]; /* the same on every rank */

bool test_study_root(void) { return kw_comm_rank(test_world()) == 0; }

static void wait_for_all(void) {
    int64_t done = 0;
    kw_comm_max(test_world(), &done, 1);
}

int test_study_make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/ketwall study XXXXXX");
    if (test_study_root() && !mkdtemp(folder)) return -1;
    kw_comm_broadcast(test_world(), folder, sizeof folder, 0);
    return 0;
}

int test_study_remove_folder(void **state) {
    (void)state;
    char command[128]; /* no waiting: after a failure the other ranks do not come here */
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return test_study_root() ? system(command) : 0;
}

void test_study_ask_to_stop(bool stop) {
    char path[128];
    wait_for_all();
    snprintf(path, sizeof path, "%s/run", folder);
    if (test_study_root()) mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/run/stop", folder);
    if (test_study_root() && stop) fclose(fopen(path, "w"));
    if (test_study_root() && !stop) remove(path);
    wait_for_all();
}

size_t test_study_kept(void) {
    char path[128];
    double rows = 0;
    snprintf(path, sizeof path, "%s/run/result.json", folder);
    json_t *result = test_study_root() ? json_load_file(path, 0, NULL) : NULL;
    if (result) rows = (double)json_array_size(json_object_get(result, "rows"));
    json_decref(result);
    kw_comm_sum(test_world(), &rows, 1);
    return (size_t)rows;
}

kw_status test_study(const char *name, const char *words, json_t **result) {
    char copy[1024], line[128], *rest = NULL;
    const kw_study *study = kw_study_find(name);
    const kw_sweep_request request = {"none", "test"};
    kw_config *config = NULL;
    if (!study) fail_msg("there is no study %s", name);
    assert_true(snprintf(copy, sizeof copy, "%s", words) < (int)sizeof copy);
    *result = NULL;
    kw_status status = kw_config_create(study->options, study->option_count, &config);
    snprintf(line, sizeof line, "run.dir=%s/run", folder);
    if (status == KW_OK) status = kw_config_set(config, line);
    for (char *word = strtok_r(copy, " ", &rest); word && status == KW_OK; word = strtok_r(NULL, " ", &rest))
        status = kw_config_set(config, word);
    if (status == KW_OK) status = kw_config_complete(config);
    if (status == KW_OK) status = kw_study_run(study, test_world(), config, &request, result);
    kw_config_destroy(&config);
    return status;
}

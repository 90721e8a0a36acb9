/* Stopping and going on: a run cut into pieces ends with the very numbers of one that was left alone. */
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/checkpoint.h"
#include "models/qae_output.h"
#include "support/autoencoder.h"
#include "support/folder.h"
#include "support/run.h"
#include "support/world.h"

#define FAMILY "data.family=w-phase data.qubits=6 data.members=5 data.test_members=1 qae.latent=2 train.evaluate_every=3 "

static const char *const optimisers[] = {
    FAMILY "train.optimiser=adam train.steps=11",
    FAMILY "train.optimiser=adam train.steps=9 run.precision=single",
    FAMILY "train.optimiser=spsa train.steps=10 train.shots=50",
    FAMILY "train.optimiser=adam train.gradient=shift train.steps=7 train.shots=20 ansatz.layers=1",
    FAMILY "train.optimiser=lbfgs train.steps=14",
    FAMILY "train.optimiser=cobyla train.steps=45 train.shots=1000",
};
enum { OPTIMISERS = sizeof optimisers / sizeof *optimisers };

static bool is_root(void) { return kw_comm_rank(test_world()) == 0; }

/* ---- running in pieces ---- */

static kw_status once(kw_comm *comm, const char *words, const char *folder, const char *more, const char *resume,
                      json_t **result) {
    kw_config *config = test_config("%s run.dir=%s %s", words, test_in_folder(folder), more);
    const kw_status status = test_autoencoder_run(comm, config, resume, result);
    kw_config_destroy(&config);
    return status;
}

/* Stops after every step and goes on, at most `pieces` times.  Returns the last status. */
static kw_status in_pieces(kw_comm *comm, const char *words, const char *folder, int pieces, json_t **result) {
    kw_status status = KW_E_STOPPED;
    for (int i = 0; i < pieces && status == KW_E_STOPPED; ++i)
        status = once(comm, words, folder, "run.max_wall_s=1e-9", "auto", result);
    return status;
}

static kw_checkpoint *newest(const char *folder) {
    kw_checkpoint *checkpoint = NULL;
    TEST_MUST(kw_checkpoint_latest(test_world(), test_in_folder(folder), &checkpoint));
    assert_non_null(checkpoint);
    return checkpoint;
}

/* ---- comparing ---- */

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b)); }

static void check_numbers(const char *what, size_t count, const double *a, size_t other_count, const double *b,
                          double tolerance) {
    if (count != other_count) fail_msg("%s: %zu and %zu numbers", what, count, other_count);
    for (size_t i = 0; i < count; ++i)
        if (!same_bits(a[i], b[i]) && !(fabs(a[i] - b[i]) <= tolerance))
            fail_msg("%s, number %zu: %.17g and %.17g", what, i, a[i], b[i]);
}

/* Seconds are the only column that may differ. */
static void without_seconds(kw_checkpoint *c) {
    for (size_t i = KW_ROW_SECONDS; i < c->n_history; i += KW_QAE_ROW_NUMBERS) c->history[i] = 0;
}

/* Tolerance 0: to the last bit. */
static void check_same(const char *folder, const char *other_folder, double tolerance) {
    kw_checkpoint *a = newest(folder), *b = newest(other_folder);
    assert_int_equal(a->step, b->step);
    assert_true(a->n_history > 0 && a->n_parameters > 0);
    without_seconds(a);
    without_seconds(b);
    check_numbers("parameters", a->n_parameters, a->parameters, b->n_parameters, b->parameters, tolerance);
    check_numbers("history", a->n_history, a->history, b->n_history, b->history, tolerance);
    if (tolerance == 0)
        check_numbers("optimiser", a->n_optimiser_state, a->optimiser_state, b->n_optimiser_state, b->optimiser_state, 0);
    kw_checkpoint_destroy(&a);
    kw_checkpoint_destroy(&b);
}

static int count_lines(const char *path) {
    FILE *file = fopen(path, "r");
    int lines = 0;
    assert_non_null(file);
    for (int c = getc(file); c != EOF; c = getc(file)) lines += c == '\n';
    fclose(file);
    return lines;
}

/* What result.json says about the trained encoder. */
static void check_results(const json_t *a, const json_t *b) {
    static const char *const names[] = {"train", "test", "members", "steps", "evaluations", "gradient_norm", "optimum"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
        const json_t *one = json_object_get(a, names[i]), *other = json_object_get(b, names[i]);
        if (strcmp(names[i], "gradient_norm") != 0) assert_non_null(one); /* which not every optimiser has */
        if (one != other && !json_equal(one, other)) fail_msg("%s differs", names[i]);
    }
}

/* ---- tests ---- */

static void pieces_end_like_the_whole(void **unused) {
    (void)unused;
    for (int i = 0; i < OPTIMISERS; ++i) {
        char whole[16], pieces[16];
        json_t *one = NULL, *other = NULL;
        snprintf(whole, sizeof whole, "whole%d", i);
        snprintf(pieces, sizeof pieces, "pieces%d", i);
        TEST_MUST(once(test_world(), optimisers[i], whole, "", NULL, &one));
        assert_int_equal(in_pieces(test_world(), optimisers[i], pieces, 3, NULL), KW_E_STOPPED);
        kw_checkpoint *third = newest(pieces);
        assert_int_equal(third->step, 3);
        kw_checkpoint_destroy(&third);
        TEST_MUST(in_pieces(test_world(), optimisers[i], pieces, 100, &other));
        check_same(whole, pieces, 0);
        if (is_root()) {
            char path[64];
            check_results(one, other);
            const int steps = (int)json_integer_value(json_object_get(one, "steps"));
            assert_true(steps > 3);
            snprintf(path, sizeof path, "%s/metrics.jsonl", pieces);
            assert_int_equal(count_lines(test_in_folder(path)), steps); /* no step is told twice */
        }
        json_decref(one);
        json_decref(other);
    }
}

/* A finished run gives its result again, and goes on if more steps are wanted. */
static void finished_runs_go_on(void **unused) {
    (void)unused;
    json_t *first = NULL, *again = NULL;
    TEST_MUST(once(test_world(), optimisers[0], "short", "train.steps=5", NULL, &first));
    TEST_MUST(once(test_world(), optimisers[0], "short", "train.steps=5", "auto", &again));
    if (is_root()) check_results(first, again);
    json_decref(first);
    json_decref(again);
    TEST_MUST(once(test_world(), optimisers[0], "short", "", "auto", NULL));
    TEST_MUST(once(test_world(), optimisers[0], "long", "", NULL, NULL));
    check_same("short", "long", 0);
}

/* Begun by one process, ended by all ranks on one state, and the other way round. */
static void other_rank_counts_go_on(void **unused) {
    (void)unused;
    char together[32];
    snprintf(together, sizeof together, "run.ranks_per_state=%d", kw_comm_size(test_world()));
    for (int i = 0; i < OPTIMISERS; ++i) {
        if (strstr(optimisers[i], "single") || strstr(optimisers[i], "shots")) continue; /* a shot may fall either way */
        char whole[16], mixed[16], back[16];
        snprintf(whole, sizeof whole, "whole%d", i);
        snprintf(mixed, sizeof mixed, "mixed%d", i);
        snprintf(back, sizeof back, "back%d", i);
        TEST_MUST(once(test_world(), optimisers[i], whole, "", NULL, NULL));
        kw_status begun = KW_E_STOPPED;
        if (is_root()) begun = in_pieces(kw_comm_self(), optimisers[i], mixed, 4, NULL);
        assert_int_equal(kw_comm_agree(test_world(), begun), KW_E_STOPPED);
        TEST_MUST(once(test_world(), optimisers[i], mixed, together, "auto", NULL));
        check_same(whole, mixed, 1e-6);

        assert_int_equal(in_pieces(test_world(), optimisers[i], back, 4, NULL), KW_E_STOPPED);
        if (is_root()) TEST_MUST(once(kw_comm_self(), optimisers[i], back, "", "auto", NULL));
        TEST_MUST(kw_comm_agree(test_world(), KW_OK));
        check_same(whole, back, 1e-6);
    }
}

/* A file named stop ends the run after its next step, and again until it is gone. */
static void stop_files_stop(void **unused) {
    (void)unused;
    TEST_MUST(once(test_world(), optimisers[0], "unstopped", "", NULL, NULL));
    assert_int_equal(in_pieces(test_world(), optimisers[0], "stopped", 1, NULL), KW_E_STOPPED);
    if (is_root()) assert_int_equal(close(creat(test_in_folder("stopped/stop"), 0666)), 0);
    for (int step = 2; step <= 3; ++step) {
        assert_int_equal(once(test_world(), optimisers[0], "stopped", "", "auto", NULL), KW_E_STOPPED);
        assert_non_null(strstr(kw_error_message(), "a file named stop"));
        kw_checkpoint *there = newest("stopped");
        assert_int_equal(there->step, step);
        kw_checkpoint_destroy(&there);
    }
    if (is_root()) assert_int_equal(unlink(test_in_folder("stopped/stop")), 0);
    TEST_MUST(kw_comm_agree(test_world(), KW_OK));
    TEST_MUST(once(test_world(), optimisers[0], "stopped", "", "auto", NULL));
    check_same("unstopped", "stopped", 0);
}

/* ---- damage ---- */

static void flip_a_bit(const char *path) {
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 3000, SEEK_SET), 0);
    const int byte = getc(file);
    assert_true(byte != EOF);
    assert_int_equal(fseek(file, 3000, SEEK_SET), 0);
    putc(byte ^ 16, file);
    assert_int_equal(fclose(file), 0);
}

static const char *checkpoint_at(const char *folder, int step) {
    char name[64];
    snprintf(name, sizeof name, "%s/checkpoint-%010d.h5", folder, step);
    return test_in_folder(name);
}

/* Goes on with stderr in a file; `said` gets its contents. */
static kw_status go_on_listening(const char *folder, char *said, size_t bytes) {
    char name[32];
    snprintf(name, sizeof name, "stderr%d", kw_comm_rank(test_world()));
    fflush(stderr);
    const int terminal = dup(STDERR_FILENO), file = open(test_in_folder(name), O_RDWR | O_CREAT | O_TRUNC, 0666);
    dup2(file, STDERR_FILENO);
    const kw_status status = once(test_world(), optimisers[0], folder, "", "auto", NULL);
    fflush(stderr);
    dup2(terminal, STDERR_FILENO);
    const ssize_t length = pread(file, said, bytes - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    close(file);
    close(terminal);
    return status;
}

static void damaged_checkpoints_are_passed_over(void **unused) {
    (void)unused;
    char said[4096], text[64];
    TEST_MUST(once(test_world(), optimisers[0], "whole", "", NULL, NULL));
    assert_int_equal(in_pieces(test_world(), optimisers[0], "hurt", 6, NULL), KW_E_STOPPED);
    if (is_root()) {
        flip_a_bit(checkpoint_at("hurt", 6));
        assert_int_equal(truncate(checkpoint_at("hurt", 5), 700), 0);
    }
    TEST_MUST(kw_comm_agree(test_world(), KW_OK));
    TEST_MUST(go_on_listening("hurt", said, sizeof said));
    if (is_root()) {
        for (int step = 5; step <= 6; ++step) {
            snprintf(text, sizeof text, "checkpoint-%010d.h5", step);
            if (!strstr(said, text)) fail_msg("%s is not named: %s", text, said);
        }
        assert_non_null(strstr(said, "warning"));
        assert_non_null(strstr(said, "going on after step 4"));
    }
    check_same("whole", "hurt", 0);
}

static void nothing_good_is_left(void **unused) {
    (void)unused;
    char said[4096];
    assert_int_equal(in_pieces(test_world(), optimisers[0], "lost", 3, NULL), KW_E_STOPPED);
    for (int step = 1; step <= 3 && is_root(); ++step) flip_a_bit(checkpoint_at("lost", step));
    TEST_MUST(kw_comm_agree(test_world(), KW_OK));
    assert_int_equal(go_on_listening("lost", said, sizeof said), KW_E_IO);
    assert_non_null(strstr(kw_error_message(), "no checkpoint in it can be used"));
    for (int step = 1; step <= 3; ++step) assert_true(test_exists(checkpoint_at("lost", step)));
}

/* The run does not begin again over the old one, and does not go on under another problem. */
static void other_problems_do_not_go_on(void **unused) {
    (void)unused;
    static const char *const changed[] = {"run.seed=2",        "data.qubits=5",           "ansatz.layers=3",
                                          "train.cost=global", "train.learning_rate=0.2", "train.optimiser=spsa"};
    assert_int_equal(in_pieces(test_world(), optimisers[0], "run", 2, NULL), KW_E_STOPPED);
    assert_int_equal(once(test_world(), optimisers[0], "run", "", NULL, NULL), KW_E_INPUT);
    assert_non_null(strstr(kw_error_message(), "--resume auto"));
    for (size_t i = 0; i < sizeof changed / sizeof *changed; ++i) {
        assert_int_equal(once(test_world(), optimisers[0], "run", changed[i], "auto", NULL), KW_E_INPUT);
        char key[32];
        snprintf(key, sizeof key, "%.*s =", (int)strcspn(changed[i], "="), changed[i]);
        if (!strstr(kw_error_message(), key)) fail_msg("%s is not named: %s", key, kw_error_message());
    }
    kw_checkpoint *kept = newest("run");
    assert_int_equal(kept->step, 2);
    kw_checkpoint_destroy(&kept);
    TEST_MUST(once(test_world(), optimisers[0], "run", "", "auto", NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(pieces_end_like_the_whole),
        TEST_IN_FOLDER(finished_runs_go_on),
        TEST_IN_FOLDER(other_rank_counts_go_on),
        TEST_IN_FOLDER(stop_files_stop),
        TEST_IN_FOLDER(damaged_checkpoints_are_passed_over),
        TEST_IN_FOLDER(nothing_good_is_left),
        TEST_IN_FOLDER(other_problems_do_not_go_on),
    };
    return TEST_RUN("resume", tests);
}

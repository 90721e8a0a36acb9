/* F6  The program: finds the verb, starts the ranks if the verb needs them, and turns its result into the exit code. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/stop.h"
#include "base/suggest.h"
#include "build_info.h"
#include "cli/cli.h"
#include "cli/launch.h"
#include "engine/exchange.h"
#include "engine/kernels/kernels.h"

typedef struct {
    const char *name, *help;
    int (*run)(const kw_cli *cli);
    bool needs_mpi;
    bool stops; /* signals ask it to stop, from its first moment on; of `run` only with a directory */
} verb;

static const verb verbs[] = {
    {"run", "runs an OpenQASM 2 circuit: counts, expectations, amplitudes", kw_cmd_run, true, true},
    {"qae", "trains a quantum autoencoder on an ensemble of states", kw_cmd_qae, true, true},
    {"vqe", "minimises a Pauli sum over a trainable circuit", kw_cmd_vqe, true, true},
    {"train", "a circuit generates the weights of a network that learns images", kw_cmd_train, true, true},
    {"study", "runs a configuration beside its controls, with several seeds", kw_cmd_study, true, true},
    {"plan", "predicts memory, exchanges and passes without running anything", kw_cmd_plan, false, false},
    {"bench", "times the engine beside the bandwidth of memory", kw_cmd_bench, true, false},
    {"report", "makes one HTML file from finished runs", kw_cmd_report, false, false},
    {"checkpoint", "lists, shows and verifies checkpoints", kw_cmd_checkpoint, false, false},
    {"config", "shows a resolved configuration, or all keys with their defaults", kw_cmd_config, false, false},
    {"info", "what this build is and what fits on this machine", kw_cmd_info, false, false},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static void print_help(FILE *out) {
    fprintf(out, "usage: ketwall VERB ... | ketwall VERB --help | ketwall --version\n\n"
                 "Quantum machine learning at the memory wall: distributed statevectors, quantum autoencoders, "
                 "eigensolvers, Quantum-Train.\n\nverbs:\n");
    for (size_t i = 0; i < VERBS; ++i) fprintf(out, "  %-11s %s\n", verbs[i].name, verbs[i].help);
    fprintf(out, "\nexit codes:\n"
                 "  0 done   64 usage   65 bad input   70 an internal check failed   74 input/output or a damaged file\n"
                 "  75 stopped early with a good checkpoint   78 does not fit in memory\n"
                 "\nexample:\n  mpirun -n 4 ketwall qae qae.ini\n");
}

static kw_status unknown_verb(const char *word) {
    kw_suggestion nearest = kw_suggest(word);
    for (size_t i = 0; i < VERBS; ++i) kw_suggest_offer(&nearest, verbs[i].name);
    if (*word == '-') {
        kw_suggest_offer(&nearest, "--help");
        kw_suggest_offer(&nearest, "--version");
    }
    if (nearest.best) return kw_fail(KW_E_ARG, "unknown verb %s; did you mean %s?", word, nearest.best);
    return kw_fail(KW_E_ARG, "unknown verb %s; `ketwall --help` lists all", word);
}

static bool wants_help(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--"); ++i)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return true;
    return false;
}

/* A wish for kernels that this build or processor does not have is refused, not passed over. */
static kw_status check_kernels(void) {
    const char *wanted = getenv("KETWALL_KERNELS");
    if (!wanted || !strcmp(wanted, kw_kernels_name())) return KW_OK;
    return kw_fail(KW_E_ARG, "KETWALL_KERNELS=%s: this build has %s, and this processor runs %s at best", wanted,
                   KW_KERNEL_SETS, kw_kernels_name());
}

static kw_status check_exchange(void) {
    if (kw_exchange_chosen() != KW_EXCHANGE_UNKNOWN) return KW_OK;
    return kw_fail(KW_E_ARG, "KETWALL_EXCHANGE=%s: expected pairs or alltoall", getenv("KETWALL_EXCHANGE"));
}

/* A signal may come while MPI starts. */
static bool can_stop(const verb *chosen, int argc, char **argv) {
    if (!chosen->stops || chosen->run != kw_cmd_run) return chosen->stops;
    for (int i = 0; i < argc && strcmp(argv[i], "--"); ++i)
        if (!strcmp(argv[i], "--dir") || !strncmp(argv[i], "--dir=", 6)) return true;
    return false;
}

/* Help never starts the ranks. */
static int run_verb(const verb *chosen, int argc, char **argv) {
    kw_cli cli = {argc - 2, argv + 2, kw_comm_self()};
    const bool launched = chosen->needs_mpi && !wants_help(cli.argc, cli.argv);
    if (can_stop(chosen, cli.argc, cli.argv)) kw_stop_catch_signals();
    if (launched) {
        cli.world = NULL;
        const kw_status status = kw_launch(&argc, &argv, &cli.world);
        if (status) return kw_launch_end(&cli.world, kw_cli_fail(&cli, status));
        cli.argc = argc - 2;
        cli.argv = argv + 2;
    }
    const int exit_code = chosen->run(&cli);
    return launched ? kw_launch_end(&cli.world, exit_code) : exit_code;
}

/* Text that never reached its file is a failure too. */
static int close_output(int exit_code) {
    if ((fflush(stdout) || ferror(stdout)) && !exit_code) {
        fprintf(stderr, "ketwall: error: standard output: %s\n", strerror(errno));
        return kw_status_exit_code(KW_E_IO);
    }
    return exit_code;
}

int main(int argc, char **argv) {
    const kw_cli none = {0};
    if (argc < 2) {
        print_help(stderr);
        return kw_status_exit_code(KW_E_ARG);
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_help(stdout);
        return close_output(0);
    }
    if (!strcmp(argv[1], "--version")) {
        printf("ketwall %s (revision %s)\n", KW_VERSION, KW_GIT_REVISION);
        return close_output(0);
    }
    if (check_kernels() != KW_OK || check_exchange() != KW_OK) return kw_cli_fail(&none, KW_E_ARG);
    for (size_t i = 0; i < VERBS; ++i)
        if (!strcmp(argv[1], verbs[i].name)) return close_output(run_verb(&verbs[i], argc, argv));
    return kw_cli_fail(&none, unknown_verb(argv[1]));
}

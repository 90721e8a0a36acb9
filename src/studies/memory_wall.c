/* F5  The memory wall: where simulation hits it, measured here and foretold for larger machines, and what other
 * representations of the same states take. */
#include <math.h>
#include <string.h>

#include "studies/wall.h"

/* clang-format off: one row per line */
static const kw_option options[] = {
    KW_STUDY_OPTIONS("runs/memory-wall"),
    {"run.rounding", KW_OPTION_CHOICE, "auto", 0, 0, KW_ROUNDING_NAMES, "", "of s16 and s8 amplitudes"},
    {"study.circuit", KW_OPTION_CHOICE, "rqc", 0, 0, "rqc hea qft", "", "that of ketwall bench"},
    {"study.precisions", KW_OPTION_TEXTS, KW_PRECISION_LIST, 0, 0, NULL, "", "storage kinds"},
    {"study.least", KW_OPTION_INT, "14", 4, KW_MAX_QUBITS, NULL, "", "qubits of the first row"},
    {"study.most", KW_OPTION_INT, "0", 0, KW_MAX_QUBITS, NULL, "", "of the last one; 0: the most that fit"},
    {"study.step", KW_OPTION_INT, "2", 1, KW_MAX_QUBITS, NULL, "", "qubits between rows"},
    {"study.repeats", KW_OPTION_INT, "3", 1, 1000, NULL, "", "runs of each, of which the best counts"},
    {"study.exact_most", KW_OPTION_INT, "26", 0, KW_MAX_QUBITS, NULL, "",
     "qubits up to which states and gradients are compared with double, where both fit"},
    {"study.gradient_most", KW_OPTION_INT, "26", 0, KW_MAX_QUBITS, NULL, "", "qubits up to which gradients are measured"},
    {"study.checkpoint_most", KW_OPTION_INT, "24", 0, KW_MAX_QUBITS, NULL, "",
     "qubits up to which states are written to a file and verified"},
    {"study.machines", KW_OPTION_TEXTS, "", 0, 0, NULL, "",
     "machine files that plans are foretold for; published runs go by their names"},
    {"study.extrapolate", KW_OPTION_INTS, "30, 32, 34, 36, 38, 40, 42, 44, 45, 46, 48, 50", 1, KW_MAX_QUBITS, NULL, "",
     "qubits of those plans"},
    {"study.states", KW_OPTION_TEXTS, "ghz, w, cluster, tfim, random-4, random-20, random-60", 0, 0, NULL, "",
     "that other representations hold: ghz, w, cluster, tfim, random-<layers>"},
    {"study.sizes", KW_OPTION_INTS, "10, 12, 14, 20, 30, 40, 50", 2, KW_MAX_QUBITS, NULL, "", "their qubits"},
    {"study.coupling", KW_OPTION_REAL, "1", -1e6, 1e6, NULL, "", "h of tfim; 1 is critical"},
    {"study.tolerance", KW_OPTION_REAL, "1e-6", 1e-15, 0.5, NULL, "", "1 - fidelity that a matrix product state may lose"},
    {"study.mps_bond", KW_OPTION_INT, "128", 1, 65536, NULL, "", "largest bond dimension that is tried"},
    {"study.vector_most", KW_OPTION_INT, "16", 2, 26, NULL, "",
     "qubits up to which statevectors are split, and matrix product states compared with them"},
    {"study.latent", KW_OPTION_INT, "4", 1, 65536, NULL, "", "numbers in the middle of the classical networks"},
};

static const kw_study_field fields[] = {
    {"part", "part", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"state", "circuit or state", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"storage", "storage", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"machine", "machine", KW_FIELD_GROUP, KW_FIELD_TEXT},
    {"qubits", "qubits", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"nodes", "nodes", KW_FIELD_GROUP, KW_FIELD_NUMBER},
    {"memory", "memory", KW_FIELD_GROUP, KW_FIELD_BYTES},
    {"most_qubits", "most qubits", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"most_gradient", "with a gradient", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"state_bytes", "state, bytes per rank", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"peak_bytes", "peak per rank", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"passes", "passes", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"exchanges", "exchanges", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"sent_bytes", "sent per rank", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"seconds", "seconds", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"layer_seconds", "per layer", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"exchange_seconds", "exchanges of a layer", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"predicted_seconds", "predicted", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"ratio", "predicted / measured", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"fitted_ratio", "with its own bandwidths", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"infidelity", "1 - F, estimated", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"infidelity_bound", "bound", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"infidelity_foretold", "foretold", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"infidelity_measured", "1 - F, measured", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"drift", "norm - 1", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"gradient_nodes", "nodes for a gradient", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"gradient_bytes", "gradient, peak per rank", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"gradient_seconds", "gradient", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"gradient_error", "its relative error", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"checkpoint_bytes", "checkpoint", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"checkpoint_seconds", "written and verified", KW_FIELD_VALUE, KW_FIELD_SECONDS},
    {"bond", "bond dimension", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"bond_least", "no less than", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"parameters", "numbers", KW_FIELD_VALUE, KW_FIELD_SMALL},
    {"bytes", "bytes", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"work_bytes", "at work", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"vector_bytes", "statevector", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"full_bytes", "at the largest bond", KW_FIELD_VALUE, KW_FIELD_BYTES},
    {"factor", "times per qubit", KW_FIELD_VALUE, KW_FIELD_NUMBER},
    {"note", "note", KW_FIELD_VALUE, KW_FIELD_TEXT},
};

static const kw_study_figure figures[] = {
    {.name = "bytes",
     .caption =
         "<b>Memory.</b> Counted bytes per rank at the peak: amplitudes, scales or marks of runs, exchange buffers, plans.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "peak_bytes",
     .y_label = "bytes per rank",
     .series = "storage",
     .only_key = "part",
     .only_value = KW_WALL_MEASURED,
     .log_y = true},
    {.name = "layer",
     .caption = "<b>Time.</b> One run of the circuit from |0...0&gt;, best of the repeats. Dotted: predicted for this "
                "machine from its rates and bandwidths.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "seconds",
     .y_label = "seconds",
     .series = "storage",
     .bound = "predicted_seconds",
     .bound_label = "predicted",
     .only_key = "part",
     .only_value = KW_WALL_MEASURED,
     .log_y = true},
    {.name = "gradient",
     .caption = "<b>Gradients.</b> All angles of hea at once, by the adjoint method with two states.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "gradient_seconds",
     .y_label = "seconds",
     .series = "storage",
     .only_key = "part",
     .only_value = KW_WALL_MEASURED,
     .log_y = true},
    {.name = "checkpoint",
     .caption = "<b>Checkpoints.</b> The state into a file: written, flushed, read back and verified.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "checkpoint_seconds",
     .y_label = "seconds",
     .series = "storage",
     .only_key = "part",
     .only_value = KW_WALL_MEASURED,
     .log_y = true},
    {.name = "infidelity",
     .caption = "<b>Price.</b> Infidelity against exact storage, as estimated from the rounding errors measured while the "
                "state was written; dotted: as measured against a state in double, where both fit.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "infidelity",
     .y_label = "infidelity",
     .series = "storage",
     .bound = "infidelity_measured",
     .bound_label = "measured",
     .only_key = "part",
     .only_value = KW_WALL_MEASURED,
     .log_y = true},
    {.name = "foretold",
     .caption = "<b>Larger machines.</b> Seconds per layer that the plan foretells on as many nodes as hold the state; a "
                "line ends where the machine does. Machines of GPUs: what trips through their memory and exchanges take.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "layer_seconds",
     .y_label = "seconds per layer",
     .series = "machine",
     .panel = "storage",
     .only_key = "part",
     .only_value = KW_WALL_EXTRAPOLATED,
     .log_y = true},
    {.name = "foretold-gradient",
     .caption = "<b>Larger machines.</b> Seconds per gradient, with two states.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "gradient_seconds",
     .y_label = "seconds",
     .series = "machine",
     .panel = "storage",
     .only_key = "part",
     .only_value = KW_WALL_EXTRAPOLATED,
     .log_y = true},
    {.name = "published",
     .caption = "<b>The model against published runs.</b> Predicted seconds, from passes, exchanges and the nominal "
                "bandwidths of the machine, over measured ones.",
     .x = "nodes",
     .x_label = "nodes",
     .y = "ratio",
     .y_label = "predicted / measured",
     .series = "storage",
     .only_key = "part",
     .only_value = KW_WALL_PUBLISHED,
     .log_x = true},
    {.name = "published-fitted",
     .caption = "<b>The same with its own bandwidths.</b> Those of memory, of exchanges within a node and between nodes are "
                "taken from the smallest runs of the series that have them; the others are foretold.",
     .x = "nodes",
     .x_label = "nodes",
     .y = "fitted_ratio",
     .y_label = "predicted / measured",
     .series = "storage",
     .only_key = "part",
     .only_value = KW_WALL_PUBLISHED,
     .log_x = true},
    {.name = "representations",
     .caption =
         "<b>Other representations of the same states.</b> Matrix product states at the least bond dimension found for "
         "the fidelity asked for, stabilizer tableaux; lines end where they were not to be had.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "bytes",
     .y_label = "bytes",
     .series = "storage",
     .bound = "vector_bytes",
     .bound_label = "statevector",
     .only_key = "part",
     .only_value = KW_WALL_REPRESENTATION,
     .log_y = true},
    {.name = "bond",
     .caption = "<b>Bond dimensions</b> of the matrix product states.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "bond",
     .y_label = "bond dimension",
     .series = "storage",
     .only_key = "part",
     .only_value = KW_WALL_REPRESENTATION,
     .log_y = true},
    {.name = "networks",
     .caption = "<b>Classical networks on amplitudes.</b> What one forward run holds: weights, the vector that it reads and "
                "writes, its layers.",
     .x = "qubits",
     .x_label = "qubits",
     .y = "work_bytes",
     .y_label = "bytes",
     .series = "storage",
     .bound = "vector_bytes",
     .bound_label = "statevector",
     .only_key = "part",
     .only_value = KW_WALL_NETWORKS,
     .log_y = true},
};
/* clang-format on */

static kw_status run(kw_sweep *sweep) {
    const kw_config *config = kw_sweep_config(sweep);
    kw_status status = kw_wall_check_states(config);
    if (status == KW_OK) status = kw_wall_check_machines(config);
    if (status == KW_OK) status = kw_comm_check_size(kw_comm_size(kw_sweep_world(sweep)));
    status = kw_comm_agree(kw_sweep_world(sweep), status);
    if (status == KW_OK) status = kw_wall_measured(sweep);
    if (status == KW_OK) status = kw_wall_growth(sweep);
    if (status == KW_OK) status = kw_wall_reach(sweep);
    if (status == KW_OK) status = kw_wall_extrapolated(sweep);
    if (status == KW_OK) status = kw_wall_published(sweep);
    if (status == KW_OK) status = kw_wall_representations(sweep);
    return status;
}

const kw_study kw_study_memory_wall = {
    .name = "memory-wall",
    .title = "The memory wall: bytes and seconds against qubits, other machines, other representations",
    .question =
        "Where does simulation hit the wall? Bytes, seconds and infidelity of 16, 8, 4 and 2 bytes per amplitude as "
        "measured here; what the same plans take on larger machines; how far the model is off for published runs; and "
        "what else holds the same states. The bound of the infidelity holds always: (the sum of the rounding errors of "
        "all writes) squared. Bytes are those that the program counts, of the rank that has most.",
    KW_STUDY_TABLES,
    .section = "part",
    .ranks_matter = true,
    .run = run,
    .conclude = kw_wall_conclude,
};

/* ---- rows ---- */

json_t *kw_wall_new_row(const char *part, const char *state, const char *storage, const char *machine, int qubits) {
    json_t *row = json_pack("{s:s}", "part", part);
    if (!row) return NULL;
    if (state) json_object_set_new(row, "state", json_string(state));
    if (storage) json_object_set_new(row, "storage", json_string(storage));
    if (machine) json_object_set_new(row, "machine", json_string(machine));
    if (qubits) json_object_set_new(row, "qubits", json_integer(qubits));
    return row;
}

void kw_wall_machine_name(const char *path, char *name, size_t bytes) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *end = strrchr(base, '.');
    const size_t length = end && !strcmp(end, ".ini") ? (size_t)(end - base) : strlen(base);
    snprintf(name, bytes, "%.*s", (int)length, base);
}

/* F5  The parts of the study of the memory wall: each makes rows of its own. */
#ifndef KW_WALL_H
#define KW_WALL_H

#include "engine/machine.h"
#include "studies/study.h"

/* Values of the member "part". */
#define KW_WALL_MEASURED       "measured"
#define KW_WALL_FITS           "growth"
#define KW_WALL_REACH          "reach"
#define KW_WALL_EXTRAPOLATED   "foretold"
#define KW_WALL_PUBLISHED      "published runs"
#define KW_WALL_REPRESENTATION "other representations"
#define KW_WALL_NETWORKS       "classical networks"

enum { KW_WALL_LARGE = 20 }; /* qubits from which on states are beyond caches */

/** Whether keys that later parts read are good, so that hours of measuring do not end at them.
 *  @return KW_OK, KW_E_INPUT (study.states, a machine file)                                                      @local */
kw_status kw_wall_check_states(const kw_config *config);
kw_status kw_wall_check_machines(const kw_config *config);

/** Rows of one storage kind and number of qubits each, up to the largest state that fits, and what a qubit more takes.
 *  @return KW_OK, KW_E_INPUT (study.precisions), KW_E_FIT (study.least), or as kw_sweep_rows              @collective */
kw_status kw_wall_measured(kw_sweep *sweep);
kw_status kw_wall_growth(kw_sweep *sweep);

/** Qubits of the largest state that memory of some sizes holds.                                             @collective */
kw_status kw_wall_reach(kw_sweep *sweep);

/** What the planner foretells for the machines of study.machines, and for published runs on those that are among them.
 *  @return KW_OK, KW_E_INPUT (a machine file), or as kw_sweep_rows                                         @collective */
kw_status kw_wall_extrapolated(kw_sweep *sweep);
kw_status kw_wall_published(kw_sweep *sweep);

/** The same states as matrix product states, tableaux, and inputs of classical networks.
 *  @return KW_OK, KW_E_INPUT (study.states, study.sizes), or as kw_sweep_rows                               @collective */
kw_status kw_wall_representations(kw_sweep *sweep);

/** What follows from the rows.                                                                                   @local */
void kw_wall_conclude(const json_t *rows, json_t *findings);

/** A row of a part, with its groups; texts that are NULL and qubits of 0 are left out.  NULL: no memory.         @local */
json_t *kw_wall_new_row(const char *part, const char *state, const char *storage, const char *machine, int qubits);

/** Name of a machine: that of its file without folders and ".ini".                                               @local */
void kw_wall_machine_name(const char *path, char *name, size_t bytes);

#endif

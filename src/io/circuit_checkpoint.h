/* F3  Checkpoints of circuits on their way: the statevector as it lies, where its qubits are, and what is done.
 *
 *   /                    format, format_version, kind = "run", created_utc
 *   /provenance          json
 *   /config              ini: what was asked for, and the circuit's digest
 *   /quantum             qubits, plan (fingerprint)
 *   /quantum/state       place (n): position of every qubit; the amplitudes by position (state_store.h)
 *   /progress            number (of the file), shot, step, bits; course: pairs (ranks, steps of the plan for them);
 *                        outcomes (shots), values (shots x observables) of the shots that are done; infidelity (2)
 *   /integrity           checksums of the amplitudes */
#ifndef KW_CIRCUIT_CHECKPOINT_H
#define KW_CIRCUIT_CHECKPOINT_H

#include <stdio.h>

#include "io/checkpoint_files.h"
#include "io/state_store.h"
#include "ketwall/state.h"

#define KW_CIRCUIT_KIND "run"

typedef struct {
    char *kind, *provenance, *config;
    int64_t n_qubits, plan;
    int64_t number, shot, step, bits;
    int64_t *course, *place, *outcomes;
    size_t n_course, n_place, n_outcomes; /* n_place 0: between shots, no state is needed */
    double *values;
    size_t n_values;
    double *infidelity; /* estimate and bound, of the worst shot so far */
    size_t n_infidelity;
    bool packed; /* set by reading, as is the account of packed amplitudes */
    kw_state_account account;
} kw_circuit_checkpoint;

/** Writes dir/checkpoint-<number>.h5; what has to go then, goes.                                            @collective
 *  @param[in] state  its amplitudes are written as they lie, place is its qubits'; NULL: between shots
 *  @param[in,out] series  of rank 0
 *  @return KW_OK, KW_E_IO (the earlier checkpoints stay) */
kw_status kw_circuit_checkpoint_write(kw_comm *comm, const char *dir, const kw_circuit_checkpoint *checkpoint,
                                      kw_state *state, kw_checkpoint_series *series);

/** Reads everything but the amplitudes.  @return KW_OK, KW_E_IO, KW_E_INPUT (of another kind), KW_E_NOMEM   @collective */
kw_status kw_circuit_checkpoint_read(kw_comm *comm, const char *path, kw_circuit_checkpoint **out);
void kw_circuit_checkpoint_destroy(kw_circuit_checkpoint **checkpoint);

/** Reads the amplitudes of a file that was read a moment ago, on any number of ranks: the qubits are at its places.
 *  @return KW_OK, KW_E_IO, KW_E_INPUT (another number of qubits), not the norm                              @collective */
kw_status kw_circuit_checkpoint_read_state(const char *path, const kw_circuit_checkpoint *checkpoint, kw_state *state);

/** One line.                                                                                                    @local */
void kw_circuit_checkpoint_describe(const kw_circuit_checkpoint *checkpoint, FILE *out);

/** That line, or everything but the arrays.  The digest is checked first.                                        @local */
kw_status kw_circuit_checkpoint_print(const char *path, FILE *out, bool long_form);

#endif

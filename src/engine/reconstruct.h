/* F2  What the planner needs to know of the reconstruction fidelity. */
#ifndef KW_RECONSTRUCT_H
#define KW_RECONSTRUCT_H

#include <stdint.h>

/** The register that is made local: the smaller one. */
uint64_t kw_reconstruction_local_mask(int n_qubits, uint64_t trash_mask);

/** Counted bytes that one evaluation holds for a while. */
uint64_t kw_reconstruction_bytes(int n_qubits, uint64_t trash_mask);

#endif

/* F2  Graphs from text files, and their cuts as Pauli sums. */
#ifndef KW_GRAPH_H
#define KW_GRAPH_H

#include <stddef.h>

#include "ketwall/observable.h"

/** Reads the edges of a graph: lines "i j" or "i j weight" (1 if not given), vertices from 0 on, # begins a comment; and
 *  writes H = sum w_ij (Z_i Z_j - 1)/2, whose value in a basis state is minus the weight that the state cuts: the identity
 *  first, then one term per edge, edges that stand twice added up.                                              @local
 *  @param[in,out] n_qubits  0: set to one more than the largest vertex
 *  @param[out]    terms     (count); the caller frees them
 *  @return KW_OK, KW_E_INPUT ("FILE:LINE: ..."), KW_E_NOMEM */
kw_status kw_maxcut_read(const char *path, int *n_qubits, kw_pauli **terms, size_t *count);

#endif

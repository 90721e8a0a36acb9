/* F2  Gates as primitives: phases, real rotations, flips; every gate of the table is a short product of them.
 *
 *   PHASE     psi_i *= e^{i angle} where all bits of `where` are 1
 *   ROTATION  RY(angle) on `target` where all bits of `where` are 1
 *   FLIP      X on `target` where all bits of `where` are 1
 *   DENSE     a unitary of the user on all bits of `moving` */
#ifndef KW_LOWER_H
#define KW_LOWER_H

#include "circuit/circuit_internal.h"

typedef enum { KW_PRIMITIVE_PHASE, KW_PRIMITIVE_ROTATION, KW_PRIMITIVE_FLIP, KW_PRIMITIVE_DENSE } kw_primitive_kind;

typedef struct {
    kw_primitive_kind kind;
    int target;      /* position; -1: none */
    uint64_t where;  /* positions, rank bits included */
    uint64_t moving; /* positions on which it does not act diagonally */
    kw_angle angle;
    size_t op; /* the gate at physical positions that it comes from */
} kw_primitive;

typedef struct {
    kw_primitive *items;
    size_t count, capacity;
} kw_primitive_list;

/** Appends the primitives of a gate whose targets are at positions q[], in the order in which they act.  @return KW_OK,
 * KW_E_NOMEM Their product is the gate, global phase included. */
kw_status kw_lower(const kw_gate *gate, size_t op, uint64_t controls, const int *q, kw_primitive_list *out);

#endif

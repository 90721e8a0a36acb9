/* F5  Inside of the study of copies: its rows and what they say. */
#ifndef KW_NO_CLONING_H
#define KW_NO_CLONING_H

#include "studies/study.h"

/* X(KIND, "name in study.methods") */
#define KW_COPYING_LIST(X)                                                                                                  \
    X(SHIFT, "qae-shift")                                                                                                   \
    X(SPSA, "qae-spsa")                                                                                                     \
    X(CLIFFORD, "shadows")                                                                                                  \
    X(PAULI, "pauli-shadows")                                                                                               \
    X(TOMOGRAPHY, "tomography")

typedef enum {
#define KW_COPYING_ENUM(kind, name) KW_COPYING_##kind,
    KW_COPYING_LIST(KW_COPYING_ENUM)
#undef KW_COPYING_ENUM
        KW_COPYINGS
} kw_copying;

/** Rows of the study.                                                                                      @collective */
kw_status kw_no_cloning_run(kw_sweep *sweep);
/** Findings of its rows.                                                                                         @local */
void kw_no_cloning_conclude(const json_t *rows, json_t *findings);

#endif

/* F4  Inside of the generator. */
#ifndef KW_GENERATOR_INTERNAL_H
#define KW_GENERATOR_INTERNAL_H

#include "models/generator.h"

/* The circuit of some blocks.  Angles of the blocks come first; behind them, with noise, two for every place where it may
 * strike: RX(0 or pi) RZ(0 or pi), which is 1, X, Z or Y up to a phase. */
typedef struct {
    kw_circuit *circuit;
    size_t angles, places; /* angles of all blocks that may come, places of noise */
} kw_generator_circuit;

/** @param[in] blocks  of the ansatz.layers that may come                  @return KW_OK, KW_E_INPUT, KW_E_NOMEM  @local */
kw_status kw_generator_circuit_make(const kw_training_config *training, const kw_generator_config *config, int blocks,
                                    kw_generator_circuit *out);
/** Start angles; blocks that undo the one before take its angles.                                                @local */
void kw_generator_start_angles(const kw_training_config *training, const kw_generator_config *config, size_t angles,
                               double *phi);
/** Draws where noise strikes in one trajectory.                                                                  @local */
void kw_generator_draw_noise(const kw_generator_config *config, uint64_t seed, uint64_t trajectory, size_t places,
                             double *angles);

struct kw_generator {
    kw_generator_grid grid;
    const kw_training_config *training;
    const kw_generator_config *config;
    size_t weights, angles, parameters; /* p; of the circuit; in all */
    int blocks;
    bool fixed; /* q and x do not change any more */
    kw_generator_circuit circuit;
    kw_plan *plan;
    kw_state *ket, *bra;
    kw_observable *diagonal; /* of d_q */
    kw_mapping *mapping;
    double *q, *x, *slope, *d_q, *rows; /* (R), (R), (R), (R), (R c) */
    double *phi, *d_phi;                /* angles, then those of the noise */
    uint32_t *order;                    /* permuted: row -> basis state; NULL */
    kw_generator_cost cost;
};

/** q <- where x comes from: probabilities, shots of them, or a control's numbers.                          @collective */
kw_status kw_generator_probabilities(kw_generator *generator, uint64_t evaluation, const double *parameters);
/** values <- values - their mean                                                                                 @local */
void kw_subtract_mean(double *values, size_t count);
/** x <- s(q) [- mean], slope <- dx/dq                                                                            @local */
void kw_generator_scale(kw_generator *generator);
/** d_q <- from dL/dx in d_q                                                                                      @local */
void kw_generator_scale_back(kw_generator *generator);
/** d_phi <- adjoint gradient of sum_i d_q_i q_i.                                                           @collective */
kw_status kw_generator_circuit_back(kw_generator *generator, uint64_t evaluation, const double *parameters);

#endif

/* F4  The generator of Quantum-Train (Liu et al. 2024, arXiv 2405.11304): trained parameters -> all weights of a network.
 *
 *   q_i = |<i|U(phi)|0>|^2,  x_i = s(q_i) [- mean],  theta_i = MLP([bits of i, x_i]) [- mean]
 *
 * Parameters: angles of the circuit [rad], block by block, then those of the mapping; or theta itself (source weights).
 * The gradient of any loss goes back exactly: dL/dq is a diagonal observable, whose adjoint gradient is dL/dphi. */
#ifndef KW_GENERATOR_H
#define KW_GENERATOR_H

#include "ketwall/plan.h"
#include "models/train_config.h"

typedef struct {
    kw_comm *world, *comm; /* comm: the ranks that share the state */
    bool shard;            /* rows are shared by all ranks of world */
} kw_generator_grid;

typedef struct kw_generator kw_generator;

/** @param[in] training  precision, seed and ansatz
 *  @param[in] weights   p
 *  @return KW_OK, KW_E_INPUT (the ansatz), KW_E_ARG (rank count), KW_E_NOMEM                               @collective */
kw_status kw_generator_create(const kw_generator_grid *grid, const kw_training_config *training,
                              const kw_generator_config *config, size_t weights, kw_generator **out);
void kw_generator_destroy(kw_generator **generator);

/** Trained parameters: all, angles of the circuit among them, and those that can matter (a stack of linear layers is one
 *  map; a mean that is subtracted takes a bias away).                                                            @local */
size_t kw_generator_parameters(const kw_generator *generator);
size_t kw_generator_angles(const kw_generator *generator);
size_t kw_generator_effective(const kw_generator *generator);
/** The same without making one.                                                 @return KW_OK, KW_E_INPUT        @local */
kw_status kw_generator_count(const kw_training_config *training, const kw_generator_config *config, size_t weights,
                             size_t *angles, size_t *parameters);

/** Start values, from the seed.                                                                                  @local
 *  @return KW_OK, KW_E_INPUT, KW_E_NOMEM */
kw_status kw_generator_start(const kw_training_config *training, const kw_generator_config *config, size_t weights,
                             double *parameters);

/** Blocks of the circuit that are there; the angles of the others do nothing and have gradient 0.          @collective
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_generator_use_blocks(kw_generator *generator, int blocks);
int kw_generator_blocks(const kw_generator *generator);

/** theta (p) <- the weights.  `evaluation` keys shots and trajectories.                                    @collective
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_generator_run(kw_generator *generator, uint64_t evaluation, const double *parameters, double *theta);

/** gradient <- of sum_i d_theta_i theta_i by all parameters, added up over the ranks of world; after kw_generator_run with
 *  the same evaluation and parameters.                                                                     @collective
 *  @param[in,out] d_theta  (p) this rank's part; overwritten */
kw_status kw_generator_back(kw_generator *generator, uint64_t evaluation, const double *parameters, double *d_theta,
                            double *gradient);

/** Meyer-Wallach entanglement Q = 2 (1 - (1/n) sum_k Tr rho_k^2) of the state that kw_generator_run left, with noise of its
 * last trajectory (J. Math. Phys. 43, 4273 (2002)), and the participation ratio (sum_i q_i)^2 / sum_i q_i^2 of the rows'
 * probabilities; NaN where there is no circuit.
 * @collective */
kw_status kw_generator_entanglement(kw_generator *generator, double *meyer_wallach, double *participation);

/** Seconds spent so far in circuits and in the mapping, exchanges of states; what rounding has cost the state that the last
 * run left.                                                                                                      @local */
typedef struct {
    double circuit, mapping;
    kw_traffic traffic;
    kw_rounding rounding;
    kw_infidelity infidelity;
} kw_generator_cost;
kw_generator_cost kw_generator_cost_of(const kw_generator *generator);

#endif

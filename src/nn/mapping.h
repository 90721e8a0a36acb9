/* F2  Mapping networks of Quantum-Train: row i of the basis -> c weights of the target network.
 *
 *   theta_{i c + o} = MLP([b_{n-1} ... b_0, x_i])_o,   b_k: bit k of i as 0/1 or -1/+1, the most significant first
 *
 * Parameters stand layer after layer, each as weight [out][in] row-major, then bias [out].  The first layer's bits are never
 * multiplied out: a row's pre-activation is the sum of two table entries, one for its high and one for its low bits. Without
 * activations the whole stack is one affine map and is evaluated and differentiated as such (exactly). */
#ifndef KW_MAPPING_H
#define KW_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "ketwall/state.h"

typedef struct kw_mapping kw_mapping;

enum { KW_MAPPING_LAYERS = 16 };

typedef struct {
    int bits;                     /* n; 1 to 30 */
    size_t rows;                  /* R <= 2^n */
    bool value;                   /* x_i is an input; false: bits alone */
    bool sign;                    /* bits as -1/+1 */
    bool relu;                    /* between layers */
    int layers;                   /* linear layers */
    int width[KW_MAPPING_LAYERS]; /* outputs of every layer; the last is c */
} kw_mapping_config;

/** @return KW_OK, KW_E_INPUT (sizes), KW_E_NOMEM.                                                                @local
 *  Memory: 2 R c numbers of the precision, 8 R bytes, tables of 2^(n-6) width[0] numbers, gradients */
kw_status kw_mapping_create(const kw_mapping_config *config, kw_precision precision, kw_mapping **out);
void kw_mapping_destroy(kw_mapping **mapping);

/** What one would be, without making it.                                          @return KW_OK, KW_E_INPUT      @local */
typedef struct {
    size_t parameters;
    uint64_t bytes;
    double macs; /* multiply-adds of one evaluation as it is done here */
} kw_mapping_measure;
kw_status kw_mapping_need(const kw_mapping_config *config, kw_precision precision, kw_mapping_measure *out);

size_t kw_mapping_parameters(const kw_mapping *mapping);
uint64_t kw_mapping_bytes(const kw_mapping *mapping);
/** Trained parameters that matter: of a stack without activations, those of the affine map it comes to.          @local */
size_t kw_mapping_effective(const kw_mapping *mapping);

/** Start values: weights uniform on +-gain sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010), biases 0; with `pytorch`
 *  weights and biases uniform on +-1/sqrt(inputs), as torch.nn.Linear makes them.                                @local */
void kw_mapping_start(const kw_mapping *mapping, bool pytorch, double gain, uint64_t seed, double *parameters);

/** theta (R c) <- all rows whose chunk is in this part of `parts`; the rest of theta is 0.                       @local
 *  @param[in] x  (R); ignored where the value is no input */
void kw_mapping_run(kw_mapping *mapping, const double *parameters, const double *x, int part, int parts, double *theta);

/** Gradients of sum_i d_theta_i theta_i over this part's rows, after kw_mapping_run with the same parameters.    @local
 *  @param[out] d_parameters  as parameters
 *  @param[out] d_x           (R), 0 for rows of other parts; NULL: not wanted */
void kw_mapping_back(kw_mapping *mapping, const double *parameters, const double *d_theta, int part, int parts,
                     double *d_parameters, double *d_x);

#endif

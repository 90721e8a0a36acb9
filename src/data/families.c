/* F2  Families of states with closed-form amplitudes: which members there are, and amplitude callbacks of O(1) each. */
#include <math.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/rng.h"
#include "data/ensemble_internal.h"
#include "engine/state_internal.h"

#define PI                     3.14159265358979323846
#define MAX_QUADRATURE_MEMBERS ((uint64_t)1 << 20)
#define PHASE_DENOMINATOR      ((uint64_t)1 << 53) /* of random phases */

static uint64_t binomial(int n, int k) {
    uint64_t value = 1;
    if (k < 0 || k > n) return 0;
    for (int j = 1; j <= (k < n - k ? k : n - k); ++j) /* exact at every step: value is C(n, j) */
        value = (uint64_t)((unsigned __int128)value * (uint64_t)(n - j + 1) / (uint64_t)j);
    return value;
}

/* ---- members ---- */

/* Gauss-Legendre nodes and weights (sum 2) on [-1, 1], by Newton's method on P_count. */
static void gauss_legendre(int count, int which, double *node, double *weight) {
    double x = cos(PI * (which + 0.75) / (count + 0.5)), slope = 1.0;
    for (int iteration = 0; iteration < 20; ++iteration) {
        double p = 1.0, before = 0.0;
        for (int k = 1; k <= count; ++k) {
            const double next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
            before = p;
            p = next;
        }
        slope = count * (x * p - before) / (x * x - 1.0);
        x -= p / slope;
    }
    *node = x;
    *weight = 2.0 / ((1.0 - x * x) * slope * slope);
}

static kw_status quadrature_members(const kw_ensemble_config *c, uint64_t *count) {
    const uint64_t n = (uint64_t)c->n_qubits;
    switch (c->family) {
    case KW_FAMILY_GHZ_ANGLE:
    case KW_FAMILY_GHZ_PHASE: *count = 2; break;
    case KW_FAMILY_W_PHASE:
    case KW_FAMILY_W_GRADED: *count = n; break;
    case KW_FAMILY_DICKE_PHASE: *count = binomial(c->n_qubits, c->weight); break;
    case KW_FAMILY_IDENTICAL: *count = (n / 2 + 1) * (n + 1); break;
    default:
        return kw_fail(KW_E_INPUT,
                       "data.sampling = quadrature: only ghz-angle, ghz-phase, w-phase, w-graded, dicke-phase and "
                       "identical have one; use grid or random");
    }
    if (*count > MAX_QUADRATURE_MEMBERS)
        return kw_fail(KW_E_INPUT,
                       "data.sampling = quadrature: %llu states needed, expected at most %llu; use grid or random",
                       (unsigned long long)*count, (unsigned long long)MAX_QUADRATURE_MEMBERS);
    return KW_OK;
}

static kw_status count_members(const kw_ensemble_config *c, uint64_t *count) {
    if (c->sampling == KW_SAMPLING_QUADRATURE) return quadrature_members(c, count);
    switch (c->family) {
    case KW_FAMILY_CEREZO: *count = 2; break;
    case KW_FAMILY_STABILIZER: *count = kw_bit(c->logical); break;
    case KW_FAMILY_SPECTRUM: *count = c->spectrum_count; break;
    case KW_FAMILY_FILES: *count = c->file_count; break;
    default: *count = (uint64_t)c->members;
    }
    return KW_OK;
}

/* Equally spaced members: angles over their period, couplings with both ends, Bloch vectors on a Fibonacci spiral. */
static kw_parameter grid_parameter(const kw_ensemble_config *c, uint64_t i, uint64_t members) {
    kw_parameter p = {0.0, i, members};
    const double fraction = (double)i / (double)members;
    if (c->family == KW_FAMILY_GHZ_ANGLE) p.value = PI * fraction;
    if (kw_family_is_ground(c->family))
        p.value =
            c->coupling_min + (members > 1 ? (c->coupling_max - c->coupling_min) * (double)i / (double)(members - 1) : 0.0);
    if (c->family == KW_FAMILY_IDENTICAL) {
        const double turns = (double)i * 0.38196601125010515; /* 1 - 1/golden ratio */
        p.value = 1.0 - (2.0 * (double)i + 1.0) / (double)members;
        p.denominator = PHASE_DENOMINATOR;
        p.numerator = (uint64_t)((turns - floor(turns)) * (double)PHASE_DENOMINATOR);
    }
    return p;
}

static kw_parameter random_parameter(const kw_ensemble_config *c, uint64_t i) {
    const kw_rng rng = kw_rng_make(c->seed, KW_STREAM_STATES, KW_SUBSTREAM_PARAMETER);
    const double u = kw_rng_uniform(&rng, 2 * i);
    kw_parameter p = {0.0, kw_rng_bits(&rng, 2 * i + 1) >> 11, PHASE_DENOMINATOR};
    if (c->family == KW_FAMILY_GHZ_ANGLE) p.value = PI * u;
    if (c->family == KW_FAMILY_IDENTICAL) p.value = 1.0 - 2.0 * u;
    if (kw_family_is_ground(c->family)) p.value = c->coupling_min + (c->coupling_max - c->coupling_min) * u;
    return p;
}

static double member_weight(const kw_ensemble_config *c, uint64_t i, uint64_t members) {
    if (c->family == KW_FAMILY_CEREZO) return i == 0 ? 2.0 / 3.0 : 1.0 / 3.0;
    if (c->family != KW_FAMILY_SPECTRUM) return 1.0 / (double)members;
    double sum = 0.0;
    for (size_t k = 0; k < c->spectrum_count; ++k) sum += c->spectrum[k];
    return c->spectrum[i] / sum;
}

kw_status kw_family_sample(kw_ensemble *ensemble) {
    const kw_ensemble_config *c = &ensemble->config;
    uint64_t members = 0;
    const kw_status status = count_members(c, &members);
    if (status) return status;
    ensemble->members = (int)members;
    ensemble->weights = malloc(members * sizeof *ensemble->weights);
    ensemble->parameters = malloc(members * sizeof *ensemble->parameters);
    if (!ensemble->weights || !ensemble->parameters)
        return kw_fail(KW_E_NOMEM, "no memory for an ensemble of %d states", (int)members);
    const uint64_t azimuths = (uint64_t)c->n_qubits + 1; /* identical, quadrature */
    for (uint64_t i = 0; i < members; ++i) {
        ensemble->weights[i] = member_weight(c, i, members);
        ensemble->parameters[i] = c->sampling == KW_SAMPLING_RANDOM ? random_parameter(c, i) : grid_parameter(c, i, members);
        if (c->sampling == KW_SAMPLING_QUADRATURE && c->family == KW_FAMILY_IDENTICAL) {
            kw_parameter *p = &ensemble->parameters[i];
            gauss_legendre(c->n_qubits / 2 + 1, (int)(i / azimuths), &p->value, &ensemble->weights[i]);
            *p = (kw_parameter){p->value, i % azimuths, azimuths};
            ensemble->weights[i] /= 2.0 * (double)azimuths;
        }
    }
    return KW_OK;
}

/* ---- amplitudes ---- */

enum { TABLE = KW_MAX_QUBITS + 1 };

typedef struct {
    uint64_t last; /* index of |1..1> */
    int weight;
    kw_parameter phase;
    kw_complex table[TABLE];  /* by number of ones, or by position of the only one */
    uint64_t (*ranks)[TABLE]; /* ranks[ones][position] = C(position, ones) */
    kw_rng rng;
} member_table;

/* e^{i j phi} = e^{2 pi i (j numerator mod denominator) / denominator} */
static kw_complex phase_power(const kw_parameter *p, uint64_t j) {
    const uint64_t turn = (uint64_t)((unsigned __int128)j * p->numerator % p->denominator);
    const double angle = 2.0 * PI * ((double)turn / (double)p->denominator);
    return cos(angle) + I * sin(angle);
}

static kw_complex ends_amplitude(const void *context, uint64_t index) {
    const member_table *t = context;
    return index == 0 ? t->table[0] : index == t->last ? t->table[1] : 0.0;
}

static kw_complex single_one_amplitude(const void *context, uint64_t index) {
    const member_table *t = context;
    return kw_is_power_of_two(index) ? t->table[kw_log2(index)] : 0.0;
}

static kw_complex ones_amplitude(const void *context, uint64_t index) {
    return ((const member_table *)context)->table[kw_popcount(index)];
}

/* Number of a string among those of its weight, in ascending order: sum_k C(p_k, k), p_k the position of its k-th one
 * (combinatorial number system). */
static kw_complex dicke_amplitude(const void *context, uint64_t index) {
    const member_table *t = context;
    if (kw_popcount(index) != t->weight) return 0.0;
    uint64_t j = 0;
    for (int k = 1; index; ++k, index &= index - 1) j += t->ranks[k][__builtin_ctzll(index)];
    return phase_power(&t->phase, j);
}

static kw_complex random_amplitude(const void *context, uint64_t index) {
    double pair[2];
    kw_rng_normal_pair(&((const member_table *)context)->rng, index, pair);
    return pair[0] + I * pair[1];
}

static kw_complex sector_amplitude(const void *context, uint64_t index) {
    return kw_popcount(index) == ((const member_table *)context)->weight ? random_amplitude(context, index) : 0.0;
}

static void fill_identical(member_table *t, int n, double cos_theta) {
    const double up = sqrt((1.0 + cos_theta) / 2.0), down = sqrt((1.0 - cos_theta) / 2.0);
    for (int w = 0; w <= n; ++w) t->table[w] = pow(up, n - w) * pow(down, w) * phase_power(&t->phase, (uint64_t)w);
}

static kw_status fill_dicke(kw_state *state, member_table *t, int n) {
    uint64_t(*ranks)[TABLE] = malloc(TABLE * sizeof *ranks);
    kw_status status =
        kw_comm_agree(kw_state_comm(state), ranks ? KW_OK : kw_fail(KW_E_NOMEM, "no memory for a table of binomials"));
    if (status != KW_OK) {
        free(ranks);
        return status;
    }
    for (int ones = 0; ones <= t->weight; ++ones)
        for (int position = 0; position < n; ++position) ranks[ones][position] = binomial(position, ones);
    t->ranks = ranks;
    status = kw_state_fill(state, dicke_amplitude, t);
    free(ranks);
    return status;
}

kw_status kw_family_fill(const kw_ensemble *ensemble, int member, kw_state *state) {
    const kw_ensemble_config *c = &ensemble->config;
    const int n = c->n_qubits;
    const double value = ensemble->parameters[member].value;
    member_table t = {.last = kw_bit(n) - 1, .weight = c->weight, .phase = ensemble->parameters[member]};
    t.rng = kw_rng_make(c->seed, KW_STREAM_STATES, (uint64_t)member);
    switch (c->family) {
    case KW_FAMILY_GHZ_ANGLE:
        t.table[0] = cos(value);
        t.table[1] = sin(value);
        return kw_state_fill(state, ends_amplitude, &t);
    case KW_FAMILY_GHZ_PHASE:
        t.table[0] = sqrt(0.5);
        t.table[1] = sqrt(0.5) * phase_power(&t.phase, 1);
        return kw_state_fill(state, ends_amplitude, &t);
    case KW_FAMILY_W_PHASE:
    case KW_FAMILY_W_GRADED:
        for (int j = 0; j < n; ++j)
            t.table[j] = sqrt(c->family == KW_FAMILY_W_PHASE ? 1.0 : n - j) * phase_power(&t.phase, (uint64_t)j);
        return kw_state_fill(state, single_one_amplitude, &t);
    case KW_FAMILY_DICKE_PHASE: return fill_dicke(state, &t, n);
    case KW_FAMILY_CEREZO: return kw_state_set_basis(state, member ? 7 : 0);
    case KW_FAMILY_IDENTICAL: fill_identical(&t, n, value); return kw_state_fill(state, ones_amplitude, &t);
    case KW_FAMILY_SECTOR: return kw_state_fill(state, sector_amplitude, &t);
    default: return kw_state_fill(state, random_amplitude, &t);
    }
}

/* F2  Mapping networks: life, tables of the first layer, rows over threads. */
#include "nn/mapping.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"
#include "nn/mapping_internal.h"

/* ---- life ---- */

static size_t pixel_bytes(const kw_mapping *m) { return (size_t)m->lanes->lanes * m->lanes->scalar_bytes; }
static size_t outputs(const kw_mapping *m) { return (size_t)m->config.width[m->config.layers - 1]; }
static size_t first_width(const kw_mapping *m) { return (size_t)m->used.width[0]; }
static size_t padded_rows(const kw_mapping *m) { return m->chunks << m->low_bits; }

/* Blocks of memory and their sizes. */
enum { LOW, HIGH, WEIGHTS, X, THETA, SLOTS, D_HIGH, D_X, D_LOW, BLOCKS };

static void block_bytes(const kw_mapping *m, uint64_t *bytes) {
    const uint64_t scalar = m->lanes->scalar_bytes;
    bytes[LOW] = m->low_pixels * pixel_bytes(m);
    bytes[HIGH] = m->chunks * first_width(m) * scalar;
    bytes[WEIGHTS] = (m->used.parameters + first_width(m)) * scalar;
    bytes[X] = padded_rows(m) * scalar;
    bytes[THETA] = padded_rows(m) * outputs(m) * scalar;
    bytes[SLOTS] = KW_MAPPING_SLOTS * m->slot_pixels * pixel_bytes(m);
    bytes[D_HIGH] = m->chunks * first_width(m) * sizeof(double);
    bytes[D_X] = padded_rows(m) * sizeof(double);
    bytes[D_LOW] = m->low_pixels * (uint64_t)m->lanes->lanes * sizeof(double);
}

static void blocks_of(kw_mapping *m, void **blocks[BLOCKS]) {
    void **const all[BLOCKS] = {(void **)&m->low,    (void **)&m->high,  (void **)&m->weights,
                                (void **)&m->x,      (void **)&m->theta, (void **)&m->slots,
                                (void **)&m->d_high, (void **)&m->d_x,   (void **)&m->d_low};
    memcpy(blocks, all, sizeof all);
}

static kw_status allocate(kw_mapping *m) {
    uint64_t bytes[BLOCKS];
    void **blocks[BLOCKS];
    bool good = true;
    block_bytes(m, bytes);
    blocks_of(m, blocks);
    for (int i = 0; i < BLOCKS; ++i) {
        *blocks[i] = kw_block_alloc(bytes[i]);
        if (*blocks[i]) memset(*blocks[i], 0, bytes[i]);
        good = good && *blocks[i];
    }
    m->parameters = malloc(m->used.parameters * sizeof(double));
    m->d_parameters = malloc(m->used.parameters * sizeof(double));
    m->fold = malloc(kw_stack_fold_work(&m->given) * sizeof(double));
    if (good && m->parameters && m->d_parameters && m->fold) return KW_OK;
    return kw_fail(KW_E_NOMEM, "no memory for a mapping of %zu rows", m->config.rows);
}

uint64_t kw_mapping_bytes(const kw_mapping *m) {
    uint64_t bytes[BLOCKS], sum = 0;
    block_bytes(m, bytes);
    for (int i = 0; i < BLOCKS; ++i) sum += bytes[i];
    return sum;
}

static kw_status check(const kw_mapping_config *c) {
    if (c->bits < 1 || c->bits > 30 || c->rows < 1 || c->rows > (size_t)kw_bit(c->bits))
        return kw_fail(KW_E_INPUT, "a mapping of %zu rows of %d bits: expected 1 to 2^bits rows, at most 30 bits", c->rows,
                       c->bits);
    if (c->layers < 1 || c->layers > KW_MAPPING_LAYERS)
        return kw_fail(KW_E_INPUT, "a mapping of %d layers: expected 1 to %d", c->layers, KW_MAPPING_LAYERS);
    for (int l = 0; l < c->layers; ++l)
        if (c->width[l] < 1 || c->width[l] > 1 << 16)
            return kw_fail(KW_E_INPUT, "a mapping layer of %d outputs: expected 1 to 65536", c->width[l]);
    return KW_OK;
}

/* What a slot holds: gradients of the low table, of the column, of the later layers, then the kernels' workspace. */
static size_t later_pixels(const kw_mapping *m) {
    return m->used.parameters - (size_t)m->used.width[0] * (size_t)(m->used.inputs + 1);
}

static void lay_out(kw_mapping *m) {
    const kw_mapping_config *c = &m->config;
    const int lane_bits = kw_log2((uint64_t)m->lanes->lanes), inputs = c->bits + c->value;
    m->given = kw_stack_make(inputs, c->layers, c->width);
    m->folded = c->layers > 1 && !c->relu;
    m->used = m->folded ? kw_stack_make(inputs, 1, &c->width[c->layers - 1]) : m->given;
    m->low_bits = c->bits < KW_MAPPING_LOW_BITS ? c->bits : KW_MAPPING_LOW_BITS;
    if (m->low_bits < lane_bits) m->low_bits = lane_bits;
    m->chunks = ((c->rows - 1) >> m->low_bits) + 1;
    m->low_pixels = ((size_t)1 << m->low_bits) / (size_t)m->lanes->lanes * first_width(m);
    m->slot_pixels =
        m->low_pixels + first_width(m) + later_pixels(m) + m->lanes->mapping_work(m->used.width, m->used.layers);
}

kw_status kw_mapping_create(const kw_mapping_config *config, kw_precision precision, kw_mapping **out) {
    kw_status status = check(config);
    if (status != KW_OK) return status;
    kw_mapping *m = calloc(1, sizeof *m);
    if (!m) return kw_fail(KW_E_NOMEM, "no memory for a mapping");
    m->config = *config;
    m->precision = kw_precision_of_gates(precision);
    m->lanes = kw_lanes(precision);
    lay_out(m);
    status = allocate(m);
    if (status == KW_OK) *out = m;
    else kw_mapping_destroy(&m);
    return status;
}

void kw_mapping_destroy(kw_mapping **mapping) {
    kw_mapping *m = *mapping;
    if (!m) return;
    uint64_t bytes[BLOCKS];
    void **blocks[BLOCKS];
    block_bytes(m, bytes);
    blocks_of(m, blocks);
    for (int i = 0; i < BLOCKS; ++i) kw_block_free(*blocks[i], bytes[i]);
    free(m->parameters);
    free(m->d_parameters);
    free(m->fold);
    free(m);
    *mapping = NULL;
}

size_t kw_mapping_parameters(const kw_mapping *m) { return m->given.parameters; }
size_t kw_mapping_effective(const kw_mapping *m) { return m->used.parameters; }

kw_status kw_mapping_need(const kw_mapping_config *config, kw_precision precision, kw_mapping_measure *out) {
    const kw_status status = check(config);
    if (status != KW_OK) return status;
    kw_mapping m = {.config = *config, .precision = kw_precision_of_gates(precision), .lanes = kw_lanes(precision)};
    lay_out(&m);
    *out = (kw_mapping_measure){.parameters = m.given.parameters,
                                .bytes = kw_mapping_bytes(&m),
                                .macs = (double)config->rows
                                        * (double)(later_pixels(&m) + first_width(&m) * (config->value ? 2 : 1))};
    return KW_OK;
}

void kw_mapping_start(const kw_mapping *m, bool pytorch, double gain, uint64_t seed, double *parameters) {
    const kw_rng rng = kw_rng_make(seed, KW_STREAM_PARAMETERS, 2);
    const kw_stack *s = &m->given;
    for (int l = 0; l < s->layers; ++l) {
        const int in = l ? s->width[l - 1] : s->inputs;
        const double bound = pytorch ? 1 / sqrt(in) : gain * sqrt(6.0 / (in + s->width[l]));
        for (size_t i = s->at[l]; i < s->bias_at[l] + (size_t)s->width[l]; ++i)
            parameters[i] = pytorch || i < s->bias_at[l] ? bound * (2 * kw_rng_uniform(&rng, i) - 1) : 0;
    }
}

/* ---- numbers of the precision ---- */

static void put(const kw_mapping *m, void *array, size_t i, double value) {
    if (m->precision == KW_DOUBLE) ((double *)array)[i] = value;
    else ((float *)array)[i] = (float)value;
}

static double get(const kw_mapping *m, const void *array, size_t i) {
    return m->precision == KW_DOUBLE ? ((const double *)array)[i] : (double)((const float *)array)[i];
}

static void put_all(const kw_mapping *m, void *array, const double *values, size_t count) {
    if (m->precision == KW_DOUBLE) memcpy(array, values, count * sizeof *values);
    else
        for (size_t i = 0; i < count; ++i) ((float *)array)[i] = (float)values[i];
}

static void add_all(const kw_mapping *m, double *sums, const void *array, size_t count) {
    for (size_t i = 0; i < count; ++i) sums[i] += get(m, array, i);
}

static double pixel_sum(const kw_mapping *m, const void *pixel) {
    double sum = 0;
    for (size_t l = 0; l < (size_t)m->lanes->lanes; ++l) sum += get(m, pixel, l);
    return sum;
}

/* ---- the first layer as a sum of two table entries ---- */

/* What unit j adds where bit k is 1. */
static double bit_weight(const kw_mapping *m, size_t j, int k) {
    const size_t column = (size_t)(m->config.bits - 1 - k);
    return k < m->config.bits ? m->parameters[j * (size_t)m->used.inputs + column] * (m->config.sign ? 2 : 1) : 0;
}

static double constant(const kw_mapping *m, size_t j) {
    double sum = m->parameters[m->used.bias_at[0] + j];
    for (int k = 0; m->config.sign && k < m->config.bits; ++k) sum -= bit_weight(m, j, k) / 2;
    return sum;
}

static size_t low_at(const kw_mapping *m, size_t low, size_t j) {
    const size_t lanes = (size_t)m->lanes->lanes;
    return (low / lanes * first_width(m) + j) * lanes + low % lanes;
}

/* Entry i is that without its lowest bit, and the weight of that bit. */
static void make_tables(kw_mapping *m) {
    const size_t width = first_width(m), lows = (size_t)1 << m->low_bits;
    double *sums = m->d_high; /* free until the way back */
    for (size_t j = 0; j < width; ++j) {
        double low[1 << KW_MAPPING_LOW_BITS];
        low[0] = constant(m, j);
        for (size_t i = 1; i < lows; ++i) low[i] = low[i & (i - 1)] + bit_weight(m, j, kw_log2(i & -i));
        for (size_t i = 0; i < lows; ++i) put(m, m->low, low_at(m, i, j), low[i]);
        sums[j] = 0;
    }
    for (size_t i = 1; i < m->chunks; ++i) {
        const int k = m->low_bits + kw_log2(i & -i);
        for (size_t j = 0; j < width; ++j) sums[i * width + j] = sums[(i & (i - 1)) * width + j] + bit_weight(m, j, k);
    }
    put_all(m, m->high, sums, m->chunks * width);
}

/* ---- rows ---- */

typedef struct {
    size_t first, last; /* chunks */
} range;

static range part_of(const kw_mapping *m, int part, int parts) {
    return (range){m->chunks * (size_t)part / (size_t)parts, m->chunks * (size_t)(part + 1) / (size_t)parts};
}

static range slot_of(range part, int slot) {
    const size_t count = part.last - part.first;
    return (range){part.first + count * (size_t)slot / KW_MAPPING_SLOTS,
                   part.first + count * (size_t)(slot + 1) / KW_MAPPING_SLOTS};
}

static char *slot_pixel(const kw_mapping *m, int slot, size_t pixel) {
    return m->slots + ((size_t)slot * m->slot_pixels + pixel) * pixel_bytes(m);
}

/* Pointers of one slot into the arrays of a mapping. */
typedef struct {
    kw_mapping_rows rows;
    const void *weights[KW_MAPPING_LAYERS], *bias[KW_MAPPING_LAYERS];
    void *d_weights[KW_MAPPING_LAYERS], *d_bias[KW_MAPPING_LAYERS];
} binding;

static void bind(kw_mapping *m, int slot, binding *b) {
    const kw_stack *s = &m->used;
    const size_t scalar = m->lanes->scalar_bytes, first = s->layers > 1 ? s->at[1] : s->parameters;
    const size_t later = m->low_pixels + first_width(m);
    for (int l = 1; l < s->layers; ++l) {
        b->weights[l - 1] = m->weights + s->at[l] * scalar;
        b->bias[l - 1] = m->weights + s->bias_at[l] * scalar;
        b->d_weights[l - 1] = slot_pixel(m, slot, later + s->at[l] - first);
        b->d_bias[l - 1] = slot_pixel(m, slot, later + s->bias_at[l] - first);
    }
    b->rows = (kw_mapping_rows){.low_bits = m->low_bits,
                                .layers = s->layers,
                                .width = s->width,
                                .relu = m->config.relu,
                                .low = m->low,
                                .high = m->high,
                                .column = m->weights + s->parameters * scalar,
                                .weights = b->weights,
                                .bias = b->bias,
                                .x = m->x,
                                .theta = m->theta,
                                .d_theta = m->theta,
                                .d_x = m->d_x,
                                .d_low = slot_pixel(m, slot, 0),
                                .d_high = m->d_high,
                                .d_column = slot_pixel(m, slot, m->low_pixels),
                                .d_weights = b->d_weights,
                                .d_bias = b->d_bias,
                                .work = slot_pixel(m, slot, later + later_pixels(m))};
}

static void prepare(kw_mapping *m, const double *parameters) {
    if (m->folded) kw_stack_fold(&m->given, parameters, m->fold, m->parameters);
    else memcpy(m->parameters, parameters, m->used.parameters * sizeof *parameters);
    put_all(m, m->weights, m->parameters, m->used.parameters);
    for (size_t j = 0; j < first_width(m); ++j)
        put(m, m->weights, m->used.parameters + j,
            m->config.value ? m->parameters[j * (size_t)m->used.inputs + (size_t)m->config.bits] : 0);
    make_tables(m);
}

void kw_mapping_run(kw_mapping *m, const double *parameters, const double *x, int part, int parts, double *theta) {
    const range all = part_of(m, part, parts);
    const size_t c = outputs(m);
    prepare(m, parameters);
    if (m->config.value) put_all(m, m->x, x, m->config.rows);
#pragma omp parallel for schedule(static)
    for (int slot = 0; slot < KW_MAPPING_SLOTS; ++slot) {
        const range r = slot_of(all, slot);
        binding b;
        bind(m, slot, &b);
        m->lanes->mapping(&b.rows, r.first, r.last);
    }
    const size_t first = (all.first << m->low_bits) * c;
    size_t last = (all.last << m->low_bits) * c;
    if (last > m->config.rows * c) last = m->config.rows * c;
    if (parts > 1) memset(theta, 0, m->config.rows * c * sizeof *theta);
    for (size_t i = first; i < last; ++i) theta[i] = get(m, m->theta, i);
}

/* ---- the way back ---- */

/* on[first_bit + k] <- sum of the `stride`d values whose index has bit k; returns the sum of all.  Every bit halves what is
 * left; `values` is used up. */
static double sums_by_bit(double *values, size_t count, size_t stride, int first_bit, double *on) {
    for (int k = first_bit; count > 1; ++k, count = (count + 1) / 2) {
        double odd = 0;
        for (size_t i = 0; i < count; i += 2) {
            const double other = i + 1 < count ? values[(i + 1) * stride] : 0;
            odd += other;
            values[i / 2 * stride] = values[i * stride] + other;
        }
        on[k] = odd;
    }
    return count ? values[0] : 0;
}

/* d (of the used stack) <- what the slots gathered of the first layer. */
static void first_layer_gradient(kw_mapping *m, range part, double *d) {
    const size_t width = first_width(m), inputs = (size_t)m->used.inputs, lows = (size_t)1 << m->low_bits;
    const int bits = m->config.bits;
    memset(m->d_high, 0, part.first * width * sizeof(double));
    memset(m->d_low, 0, m->low_pixels * (size_t)m->lanes->lanes * sizeof(double));
    for (int slot = 0; slot < KW_MAPPING_SLOTS; ++slot)
        add_all(m, m->d_low, slot_pixel(m, slot, 0), m->low_pixels * (size_t)m->lanes->lanes);
    for (size_t j = 0; j < width; ++j) {
        double on[64] = {0}, low[1 << KW_MAPPING_LOW_BITS], column = 0;
        for (size_t i = 0; i < lows; ++i) low[i] = m->d_low[low_at(m, i, j)];
        for (int slot = 0; slot < KW_MAPPING_SLOTS; ++slot) column += pixel_sum(m, slot_pixel(m, slot, m->low_pixels + j));
        const double total = sums_by_bit(low, lows, 1, 0, on);
        sums_by_bit(m->d_high + j, part.last, width, m->low_bits, on);
        for (int k = 0; k < bits; ++k) d[j * inputs + (size_t)(bits - 1 - k)] = m->config.sign ? 2 * on[k] - total : on[k];
        if (m->config.value) d[j * inputs + (size_t)bits] = column;
        d[m->used.bias_at[0] + j] = total;
    }
}

static void gather(kw_mapping *m, range part, double *d) {
    first_layer_gradient(m, part, d);
    const size_t first = m->used.layers > 1 ? m->used.at[1] : m->used.parameters;
    for (size_t i = first; i < m->used.parameters; ++i) {
        d[i] = 0;
        for (int slot = 0; slot < KW_MAPPING_SLOTS; ++slot)
            d[i] += pixel_sum(m, slot_pixel(m, slot, m->low_pixels + first_width(m) + i - first));
    }
}

void kw_mapping_back(kw_mapping *m, const double *parameters, const double *d_theta, int part, int parts,
                     double *d_parameters, double *d_x) {
    const range all = part_of(m, part, parts);
    const size_t rows = m->config.rows;
    put_all(m, m->theta, d_theta, rows * outputs(m));
    for (size_t i = rows * outputs(m); i < padded_rows(m) * outputs(m); ++i) put(m, m->theta, i, 0);
#pragma omp parallel for schedule(static)
    for (int slot = 0; slot < KW_MAPPING_SLOTS; ++slot) {
        const range r = slot_of(all, slot);
        binding b;
        bind(m, slot, &b);
        memset(slot_pixel(m, slot, 0), 0, (m->low_pixels + first_width(m) + later_pixels(m)) * pixel_bytes(m));
        m->lanes->mapping_back(&b.rows, r.first, r.last);
    }
    gather(m, all, m->folded ? m->d_parameters : d_parameters);
    if (m->folded) kw_stack_unfold(&m->given, parameters, m->d_parameters, m->fold, d_parameters);
    if (!d_x) return;
    memset(d_x, 0, rows * sizeof *d_x);
    for (size_t i = all.first << m->low_bits; i < rows && i < all.last << m->low_bits; ++i) d_x[i] = m->d_x[i];
}

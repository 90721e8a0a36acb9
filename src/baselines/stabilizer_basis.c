/* F4  Random stabilizer bases. */
#include "baselines/stabilizer_basis.h"

enum { MOST = 32 };

static kw_string random_string(const kw_rng *rng, uint64_t *draw, int n) {
    const uint64_t bits = kw_rng_bits(rng, (*draw)++), all = kw_bit(n) - 1;
    return (kw_string){bits & all, bits >> 32 & all};
}

/* Generators g and partners d with <g_i, d_j> = delta_ij, where <,> is 1 for strings that anticommute.  Adding the partners
 * of the generators that v anticommutes with projects v onto the strings that commute with all of them, evenly. */
static kw_string commuting(kw_string v, const kw_string *g, const kw_string *d, int count) {
    for (int j = 0; j < count; ++j)
        if (kw_strings_anticommute(v, g[j])) v = kw_strings_join(v, d[j]);
    return v;
}

/* The partners read off which product of the generators v would have to be. */
static bool is_product(kw_string v, const kw_string *g, const kw_string *d, int count) {
    kw_string rest = v;
    for (int j = 0; j < count; ++j)
        if (kw_strings_anticommute(v, d[j])) rest = kw_strings_join(rest, g[j]);
    return !rest.x && !rest.z;
}

void kw_stabilizer_basis(const kw_rng *rng, uint64_t *draw, int n, kw_string *g) {
    kw_string d[MOST];
    for (int k = 0; k < n; ++k) {
        do g[k] = commuting(random_string(rng, draw, n), g, d, k);
        while (is_product(g[k], g, d, k));
        do d[k] = commuting(random_string(rng, draw, n), g, d, k);
        while (!kw_strings_anticommute(d[k], g[k]));
        for (int j = 0; j < k; ++j)
            if (kw_strings_anticommute(d[j], g[k])) d[j] = kw_strings_join(d[j], d[k]);
    }
}

void kw_product_basis(const kw_rng *rng, uint64_t *draw, int n, kw_string *g) {
    for (int q = 0; q < n; ++q) {
        const int letter = (int)(3 * kw_rng_uniform(rng, (*draw)++)); /* Z, X, Y */
        g[q] = (kw_string){letter ? kw_bit(q) : 0, letter != 1 ? kw_bit(q) : 0};
    }
}

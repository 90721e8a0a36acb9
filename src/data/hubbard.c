/* F2  The Fermi-Hubbard model on a ladder as a sum of Pauli strings. */
#include "base/bits.h"
#include "ketwall/ground.h"

/* c (a_p^dag a_q + a_q^dag a_p) = c/2 (X_p Z...Z X_q + Y_p Z...Z Y_q), p < q, Z on the qubits between */
static size_t hop(double coefficient, int p, int q, kw_pauli *terms) {
    const uint64_t ends = kw_bit(p) | kw_bit(q), between = (kw_bit(q) - 1) & ~(kw_bit(p + 1) - 1);
    terms[0] = (kw_pauli){coefficient / 2, ends, between};
    terms[1] = (kw_pauli){coefficient / 2, ends, between | ends};
    return 2;
}

/* Sites i < j, `times` parallel bonds. */
static size_t bond(const kw_hubbard *m, double times, int i, int j, kw_pauli *terms) {
    size_t count = 0;
    for (int spin = 0; spin < 2; ++spin) count += hop(-times * m->hopping, 2 * i + spin, 2 * j + spin, terms + count);
    return count;
}

/* U n_up n_down = U/4 (1 - Z_up - Z_down + Z_up Z_down) */
static size_t repel(double interaction, int site, kw_pauli *terms) {
    const uint64_t up = kw_bit(2 * site), down = kw_bit(2 * site + 1);
    terms[0] = (kw_pauli){interaction / 4, 0, 0};
    terms[1] = (kw_pauli){-interaction / 4, 0, up};
    terms[2] = (kw_pauli){-interaction / 4, 0, down};
    terms[3] = (kw_pauli){interaction / 4, 0, up | down};
    return 4;
}

size_t kw_hubbard_terms(const kw_hubbard *m, kw_pauli *terms) {
    const int columns = m->sites_x, rows = m->sites_y;
    const double inner = columns == 2 && m->periodic && m->twice ? 2 : 1;
    size_t count = 0;
    for (int y = 0; y < rows; ++y) {
        const int first = columns * y;
        for (int x = 0; x + 1 < columns; ++x) count += bond(m, inner, first + x, first + x + 1, terms + count);
        if (m->periodic && columns > 2) count += bond(m, 1, first, first + columns - 1, terms + count);
        for (int x = 0; x < columns && y + 1 < rows; ++x) count += bond(m, 1, first + x, first + x + columns, terms + count);
    }
    for (int site = 0; site < columns * rows; ++site) count += repel(m->interaction, site, terms + count);
    return count;
}

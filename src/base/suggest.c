/* F0  Edit distance (optimal string alignment) and the search for the nearest known word. */
#include "base/suggest.h"

#include <string.h>

enum { LONGEST = 96 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

size_t kw_edit_distance(const char *a, const char *b) {
    const size_t m = strlen(a), n = strlen(b);
    if (m >= LONGEST || n >= LONGEST) return strcmp(a, b) ? LONGEST : 0;
    size_t rows[3][LONGEST + 1]; /* row i of the table lives in rows[i % 3] */
    for (size_t j = 0; j <= n; ++j) rows[0][j] = j;
    for (size_t i = 1; i <= m; ++i) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n; ++j) {
            row[j] = least(above[j] + 1, row[j - 1] + 1);
            row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[m % 3][n];
}

kw_suggestion kw_suggest(const char *word) {
    const size_t length = strlen(word);
    kw_suggestion start = {word, NULL,
                           (length < 3   ? 1
                            : length < 6 ? 2
                                         : length / 3 + 1)
                               + 1}; /* beyond that a guess would not help */
    return start;
}

void kw_suggest_offer(kw_suggestion *suggestion, const char *candidate) {
    const size_t distance = kw_edit_distance(suggestion->word, candidate);
    if (distance < suggestion->distance) {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}

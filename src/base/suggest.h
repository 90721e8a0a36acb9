/* F0  "Did you mean ...?" for misspelt keys, choices, options and verbs. */
#ifndef KW_SUGGEST_H
#define KW_SUGGEST_H

#include <stddef.h>

/** Number of single-character insertions, deletions, replacements and swaps of neighbours that turn a into b.  @local */
size_t kw_edit_distance(const char *a, const char *b);

typedef struct {
    const char *word, *best;
    size_t distance;
} kw_suggestion;

/** Starts a search for the known word nearest to `word`; offer every candidate, then read `best` (NULL: none is close).
 *  `word` and the candidates must outlive the search.                                                           @local */
kw_suggestion kw_suggest(const char *word);
void kw_suggest_offer(kw_suggestion *suggestion, const char *candidate);

#endif

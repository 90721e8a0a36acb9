/* F5  A figure in words, for those who do not see it. */
#ifndef KW_WORDS_H
#define KW_WORDS_H

#include <stdio.h>

/** What a gnuplot script of this report draws: the axes, then of every line its name, the number of its points, the first,
 * the last, the lowest and the highest; of few named points all.  As plain text.                                      @local
 */
void kw_plot_words(const char *script, FILE *out);

#endif

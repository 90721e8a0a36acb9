/* F0  Progress of long work on stderr: one rewritten line on a terminal, a log line every few seconds otherwise; work that
 * is soon done stays silent. */
#ifndef KW_TICKER_H
#define KW_TICKER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *unit; /* NULL: silent */
    bool terminal, wrote;
    double started, spoke; /* [s] */
} kw_ticker;

/** Starts the clock.
 *  @param[in] unit    what is counted, "shot"; must outlive the ticker
 *  @param[in] speaks  false: nothing is ever written (all ranks but one)                                         @local */
kw_ticker kw_ticker_begin(const char *unit, bool speaks);

/** `done` units of the `total` are done: "shot 120/1000, 35.0/s, 25 s left", if it is time to say so.             @local */
void kw_ticker_step(kw_ticker *ticker, uint64_t done, uint64_t total);

/** Ends the line, if there is one.                                                                              @local */
void kw_ticker_end(const kw_ticker *ticker);

#endif

/* F0  Progress of long work on stderr. */
#include "base/ticker.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define LOG_EVERY     5.0 /* s */
#define REWRITE_EVERY 0.2
#define SILENT_FOR    1.0 /* on a terminal */

kw_ticker kw_ticker_begin(const char *unit, bool speaks) {
    if (!speaks) return (kw_ticker){0};
    kw_ticker ticker = {.unit = unit, .terminal = isatty(STDERR_FILENO), .started = kw_seconds()};
    ticker.spoke = ticker.started + (ticker.terminal ? SILENT_FOR - REWRITE_EVERY : 0);
    return ticker;
}

void kw_ticker_step(kw_ticker *t, uint64_t done, uint64_t total) {
    if (!t->unit || !done) return;
    const double now = kw_seconds();
    if (now - t->spoke < (t->terminal ? REWRITE_EVERY : LOG_EVERY)) return;
    const double rate = (double)done / (now - t->started);
    t->spoke = now;
    t->wrote = true;
    fprintf(stderr, "%s%s %" PRIu64 "/%" PRIu64 ", %.3g/s, %.0f s left%s", t->terminal ? "\r\033[K" : "", t->unit, done,
            total, rate, (double)(total - done) / rate, t->terminal ? "" : "\n");
}

void kw_ticker_end(const kw_ticker *ticker) {
    if (ticker->terminal && ticker->wrote) fputc('\n', stderr);
}

/* F5  The self-contained HTML report of one or more runs. */
#ifndef KW_REPORT_H
#define KW_REPORT_H

#include <stddef.h>

#include "ketwall/status.h"

/** Reads result.json, metrics.jsonl and config.ini of each run directory and writes one HTML file (inline SVG by gnuplot;
 * only the tables, saying so, where gnuplot is missing): a comparison table per kind of run, then per run headline, training
 * curve beside the exact optimum and the classical control, results, the resolved config, provenance, data as CSV in
 * <details>.  Kinds: quantum autoencoders (ketwall qae), variational eigensolvers (ketwall vqe), Quantum-Train (ketwall
 * train), benchmarks (ketwall bench), studies (ketwall study), in any mixture.
 *  @return KW_OK, KW_E_INPUT (a run without results, malformed JSON: names file and line), KW_E_IO             @local */
kw_status kw_report_write(const char *const *run_dirs, size_t count, const char *path);

#endif

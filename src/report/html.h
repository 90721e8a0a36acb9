/* F5  Writing HTML: escaping, numbers for people, the page's head and look. */
#ifndef KW_HTML_H
#define KW_HTML_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/** Writes text with <, >, &, " and ' escaped and control characters dropped; NULL or "" as an en dash.           @local */
void kw_html_text(FILE *out, const char *text);
/** printf, then kw_html_text.                                                                                     @local */
void kw_html_format(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void kw_html_format_list(FILE *out, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/* Attributes of a box that scrolls: the keyboard reaches it. */
#define KW_HTML_SCROLL " tabindex=\"0\" role=\"group\""

void kw_html_begin(FILE *out, const char *title);
void kw_html_end(FILE *out);

/* Numbers as UTF-8 text; NaN becomes an en dash. */
#define KW_NUMBER_BYTES 64
typedef struct {
    char text[KW_NUMBER_BYTES];
} kw_number_text;

bool kw_number_known(kw_number_text number);                           /* not the en dash */
kw_number_text kw_number_plain(double value);                          /* 12.5 */
kw_number_text kw_number_energy(double value, int decimals);           /* -12.784906, without zeros at the end */
kw_number_text kw_number_small(double value);                          /* 2.1 x 10^-8 with superscripts */
kw_number_text kw_number_digits(double value, int count);              /* rounded to so many significant digits */
kw_number_text kw_number_fidelity(double fidelity, double infidelity); /* digits until it differs from 1 */
kw_number_text kw_number_bytes(double bytes);                          /* 1.50 GiB */
kw_number_text kw_number_seconds(double seconds);                      /* 2 h 03 min */

#endif

/* F5  HTML text, numbers for people, and the look of the page (one style sheet, light and dark, no script). */
#include "report/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char EN_DASH[] = "\xE2\x80\x93", MINUS[] = "\xE2\x88\x92";

static const char STYLE[] =
    ":root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b2230;--soft:#5b6577;--line:#e2e6ec;--accent:#0b6bb5;"
    "--tint:#eaf3fb;--warn:#9a5b00}\n"
    "@media screen and (prefers-color-scheme:dark){:root{--bg:#11151c;--card:#1a202a;--ink:#e7ebf2;--soft:#9aa5b8;"
    "--line:#2c3543;--accent:#6cb6f2;--tint:#1d2b3a;--warn:#f0b45a;"
    /* colours of plots: paper, ink, words, axes, grid, leaders, then chart.h's */
    "--cffffff:#1a202a;--c000000:#e7ebf2;--c1b2230:#e7ebf2;--c374151:#c9d1de;--c9aa3af:#78839a;--ce5e7eb:#2c3543;"
    "--cc3c9d2:#4a5566;--c0072b2:#5cb3f0;--cc45100:#ff9a4d;--c00855f:#3fcf9d;--c8a4fa8:#c79be0;--c6b7280:#a3adbd;"
    "--cb58900:#e0bb3c;--cc2185b:#ff7bb0}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe "
    "UI',Roboto,sans-serif}\n"
    "main{max-width:1160px;margin:0 auto;padding:2.5rem 1.25rem 4rem}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem;letter-spacing:-.02em}\n"
    "h2{font-size:1.35rem;margin:0 0 .4rem;letter-spacing:-.01em}\n"
    "h3{font-size:1rem;margin:2rem 0 .6rem}\n"
    "p{margin:.4rem 0}\n.soft{color:var(--soft);font-size:.9rem}\n.warn{color:var(--warn);font-weight:600}\n"
    "a{color:var(--accent);text-decoration:none}\na:hover{text-decoration:underline}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.4rem 1.5rem;margin:1.5rem 0}\n"
    ".headline{font-size:1.08rem;max-width:62rem}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:.75rem;margin:1.1rem 0}\n"
    ".tile{background:var(--tint);border-radius:9px;padding:.7rem .9rem}\n"
    ".tile b{display:block;font-size:1.02rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n"
    ".tile span{color:var(--soft);font-size:.82rem}\n"
    ".scroll{overflow-x:auto}\n.wide td:not(.n),.wide tbody th{min-width:6.4rem}\n"
    ".wide td.long{min-width:20rem}\n"
    ".columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 2.5rem}\n"
    "table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:left;padding:.42rem .8rem .42rem 0;border-bottom:1px solid var(--line);vertical-align:top}\n"
    "thead th{color:var(--soft);font-weight:600;font-size:.82rem}\nthead th.n{white-space:normal}\n"
    "tbody th{font-weight:500}\n.n{text-align:right;white-space:nowrap}\n"
    "figure{margin:1.2rem 0;border:1px solid var(--line);border-radius:10px;padding:.9rem}\n"
    "figure svg{display:block;width:100%;height:auto}\nfigure svg text,figure svg tspan{font-family:inherit}\n"
    ".plot.scroll svg{min-width:44rem}\n.narrow{display:none}\n"
    "@media(max-width:40rem){.plot.wide{display:none}.narrow{display:block}main{padding:1.5rem .6rem "
    "3rem}.card{padding:1rem .8rem}figure{padding:.5rem}}\n"
    "figcaption{font-size:.88rem;color:var(--soft);padding:.5rem .3rem 0}\nfigcaption b{color:var(--ink)}\n"
    ":focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n"
    "details{border-top:1px solid var(--line);padding:.55rem 0}\nsummary{cursor:pointer;font-weight:500}\n"
    "pre{overflow:auto;max-height:26rem;background:var(--bg);border:1px solid var(--line);border-radius:8px;padding:.8rem;"
    "font:.8rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}\n"
    "@media print{body{background:#fff}.card{border:0;padding:0}figure{break-inside:avoid}.scroll{overflow:visible}"
    ".plot.scroll svg{min-width:0}table{font-size:.72rem}.wide td:not(.n),.wide tbody th{min-width:0}}\n";

void kw_html_text(FILE *out, const char *text) {
    if (!text || !*text) text = EN_DASH;
    for (; *text; ++text) {
        const unsigned char c = (unsigned char)*text;
        if (c == '<') fputs("&lt;", out);
        else if (c == '>') fputs("&gt;", out);
        else if (c == '&') fputs("&amp;", out);
        else if (c == '"') fputs("&quot;", out);
        else if (c == '\'') fputs("&#39;", out);
        else if (c >= ' ' || c == '\n' || c == '\t') fputc(c, out);
    }
}

void kw_html_format_list(FILE *out, const char *format, va_list arguments) {
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (memory) {
        vfprintf(memory, format, arguments);
        fclose(memory);
        kw_html_text(out, text);
    }
    free(text);
}

void kw_html_format(FILE *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    kw_html_format_list(out, format, arguments);
    va_end(arguments);
}

void kw_html_begin(FILE *out, const char *title) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    kw_html_text(out, title);
    fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", STYLE);
}

void kw_html_end(FILE *out) { fputs("</main>\n</body>\n</html>\n", out); }

static kw_number_text dash(void) {
    kw_number_text number;
    snprintf(number.text, sizeof number.text, "%s", EN_DASH);
    return number;
}

bool kw_number_known(kw_number_text number) { return strcmp(number.text, EN_DASH) != 0; }

static const char *sign(double value) { return value < 0.0 ? MINUS : ""; }

kw_number_text kw_number_plain(double value) {
    kw_number_text number = dash();
    if (!isfinite(value)) return number;
    const bool whole = value == floor(value) && fabs(value) < 1e15;
    snprintf(number.text, sizeof number.text, whole ? "%s%.0f" : "%s%.6g", sign(value), fabs(value));
    return number;
}

kw_number_text kw_number_energy(double value, int decimals) {
    if (!isfinite(value) || fabs(value) >= 1e9) return kw_number_plain(value);
    if (fabs(value) < pow(10.0, 3 - decimals)) return kw_number_small(value);
    kw_number_text number;
    snprintf(number.text, sizeof number.text, "%s%.*f", sign(value), decimals, fabs(value));
    size_t end = strlen(number.text);
    while (number.text[end - 1] == '0') --end;
    number.text[end - (number.text[end - 1] == '.')] = '\0';
    return number;
}

kw_number_text kw_number_small(double value) {
    static const char *const digits[] = {"\xE2\x81\xB0", "\xC2\xB9",     "\xC2\xB2",     "\xC2\xB3",     "\xE2\x81\xB4",
                                         "\xE2\x81\xB5", "\xE2\x81\xB6", "\xE2\x81\xB7", "\xE2\x81\xB8", "\xE2\x81\xB9"};
    if (!isfinite(value) || value == 0.0 || fabs(value) >= 1e-3) return kw_number_plain(value);
    kw_number_text number;
    char plain[32];
    snprintf(plain, sizeof plain, "%.2e", fabs(value));
    char *exponent = strchr(plain, 'e');
    *exponent = '\0';
    size_t used = (size_t)snprintf(number.text, sizeof number.text, "%s%s \xC3\x97 10\xE2\x81\xBB", sign(value), plain);
    const int size = abs(atoi(exponent + 1));
    char text[16];
    snprintf(text, sizeof text, "%d", size);
    for (const char *c = text; *c && used < sizeof number.text; ++c)
        used += (size_t)snprintf(number.text + used, sizeof number.text - used, "%s", digits[*c - '0']);
    return number;
}

kw_number_text kw_number_digits(double value, int count) {
    if (!isfinite(value) || value == 0.0) return kw_number_plain(value);
    const double unit = pow(10.0, floor(log10(fabs(value))) + 1 - count);
    return kw_number_small(round(value / unit) * unit);
}

kw_number_text kw_number_fidelity(double fidelity, double infidelity) {
    if (!isfinite(infidelity)) infidelity = 1.0 - fidelity;
    kw_number_text number = dash();
    if (!isfinite(infidelity)) return number;
    if (fabs(infidelity) < 1e-15) snprintf(number.text, sizeof number.text, "1.0");
    else if (infidelity > 0.0 && infidelity < 1e-12)
        snprintf(number.text, sizeof number.text, "1 %s %.50s", MINUS, kw_number_small(infidelity).text);
    else {
        const int zeros = infidelity < 1.0 ? (int)floor(-log10(fabs(infidelity))) : 0;
        snprintf(number.text, sizeof number.text, "%.*f", zeros + 2 > 4 ? zeros + 2 : 4, 1.0 - infidelity);
    }
    return number;
}

kw_number_text kw_number_bytes(double bytes) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    kw_number_text number = dash();
    if (!isfinite(bytes)) return number;
    int unit = 0;
    for (; bytes >= 1024.0 && unit < 6; ++unit) bytes /= 1024.0;
    snprintf(number.text, sizeof number.text, "%.*f %s", unit ? 2 : 0, bytes, units[unit]);
    return number;
}

kw_number_text kw_number_seconds(double seconds) {
    kw_number_text number = dash();
    if (!isfinite(seconds) || seconds < 0.0) return number;
    const long whole = (long)(seconds + 0.5);
    if (seconds < 120.0) snprintf(number.text, sizeof number.text, "%.3g s", seconds);
    else if (whole < 7200) snprintf(number.text, sizeof number.text, "%ld min %02ld s", whole / 60, whole % 60);
    else snprintf(number.text, sizeof number.text, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    return number;
}

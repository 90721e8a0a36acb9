/* F5  Starting gnuplot and making its SVG fit for inclusion. */
#include "report/plot.h"

#include <errno.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "report/html.h"

extern char **environ;

/* Starts gnuplot with standard input from `in` and standard output into `out`.  @return errno's value, 0: started */
static int start(int in, int out, int unused, pid_t *child) {
    static char program[] = "gnuplot", defaults[] = "-d", standard[] = "-";
    char *const words[] = {program, defaults, standard, NULL};
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return failed;
    failed = posix_spawn_file_actions_adddup2(&actions, in, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(&actions, out, 1);
    if (!failed) failed = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    if (!failed) failed = posix_spawn_file_actions_addclose(&actions, unused);
    if (!failed) failed = posix_spawnp(child, program, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Reads until the other end closes. */
static char *read_all(int descriptor) {
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (!memory) return NULL;
    char buffer[16384];
    ssize_t got;
    while ((got = read(descriptor, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0) fwrite(buffer, 1, (size_t)got, memory);
    const bool complete = got == 0 && !ferror(memory);
    if (fclose(memory) || !complete) {
        free(text);
        return NULL;
    }
    return text;
}

/* Output of gnuplot; NULL without an error if it is missing or failed.  The script goes through a nameless file, so that
 * both sides can never wait for each other. */
static kw_status run_gnuplot(FILE *script, char **output) {
    int ends[2];
    if (pipe(ends)) return kw_fail(KW_E_IO, "pipe to gnuplot: %s", strerror(errno));
    pid_t child;
    const int failed = start(fileno(script), ends[1], ends[0], &child);
    close(ends[1]);
    char *text = failed ? NULL : read_all(ends[0]);
    close(ends[0]);
    if (failed) return KW_OK;
    int result = 0;
    while (waitpid(child, &result, 0) < 0 && errno == EINTR) {}
    if (!text) return kw_fail(KW_E_NOMEM, "no memory for a plot");
    if (WIFEXITED(result) && WEXITSTATUS(result) == 0) *output = text;
    else free(text);
    return KW_OK;
}

static bool begins(const char *text, const char *word) { return !strncmp(text, word, strlen(word)); }

/* Position after an element such as <title>...</title>, or `text` itself. */
static const char *skip_element(const char *text, const char *open, const char *close) {
    if (!begins(text, open)) return text;
    const char *end = strstr(text, close);
    return end ? end + strlen(close) : text;
}

/* Length of an attribute's colour, behind its quote: rgb(r, g, b), six digits, or black; 0: it is something else. */
static size_t read_colour(const char *text, unsigned *colour) {
    unsigned r, g, b;
    int length = 0;
    *colour = 0;
    if (sscanf(text, "rgb(%3u ,%3u ,%3u )%n", &r, &g, &b, &length) == 3 && length) *colour = r << 16 | g << 8 | b;
    else if (begins(text, "black")) length = 5;
    else if (*text == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
        *colour = (unsigned)strtoul(text + 1, NULL, 16);
        length = 7;
    }
    return length && (text[length] == '\'' || text[length] == '"') ? (size_t)length : 0;
}

/* Copies the svg element; inside tags, ids and references to them get the prefix, and colours a name by which the page may
 * change them: #0072b2 becomes var(--c0072b2,#0072b2). */
static char *adopt(const char *svg, const char *prefix, const char *words) {
    static const char *const names[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};
    const char *text = strstr(svg, "<svg");
    char *copy = NULL;
    size_t length = 0;
    FILE *out = text ? open_memstream(&copy, &length) : NULL;
    if (!out) return NULL;
    fputs("<svg role=\"img\" aria-label=\"", out);
    kw_html_text(out, words);
    fputc('"', out);
    text += strlen("<svg");
    bool tag = true;
    while (*text) {
        const char *after = skip_element(text, "<title>", "</title>");
        after = skip_element(after, "<desc>", "</desc>");
        if (after != text) {
            text = after;
            continue;
        }
        if (*text == '<') tag = true;
        if (*text == '>') tag = false;
        size_t name = 0;
        while (name < 5 && !(tag && begins(text, names[name]))) ++name;
        if (name < 5) {
            fprintf(out, "%s%s", names[name], prefix);
            text += strlen(names[name]);
            continue;
        }
        const bool quote = tag && (*text == '\'' || *text == '"');
        fputc(*text++, out);
        unsigned colour;
        const size_t taken = quote ? read_colour(text, &colour) : 0;
        if (taken) fprintf(out, "var(--c%06x,#%06x)", colour, colour);
        text += taken;
    }
    if (!fclose(out)) return copy;
    free(copy);
    return NULL;
}

kw_status kw_plot_svg(const char *script, const kw_plot_look *look, char **svg) {
    *svg = NULL;
    FILE *file = tmpfile();
    if (!file) return kw_fail(KW_E_IO, "temporary file for a plot: %s", strerror(errno));
    fprintf(file,
            "set encoding utf8\nset terminal svg size %d,%d dynamic enhanced background '#ffffff' font 'sans-serif,13'\n%s",
            look->width, look->height, script);
    char *output = NULL;
    kw_status status = KW_OK;
    if (fflush(file) || fseek(file, 0, SEEK_SET))
        status = kw_fail(KW_E_IO, "temporary file for a plot: %s", strerror(errno));
    if (!status) status = run_gnuplot(file, &output);
    if (output) {
        *svg = adopt(output, look->prefix, look->words);
        free(output);
    }
    fclose(file);
    return status;
}

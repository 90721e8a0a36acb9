/* A small reader of HTML tags. */
#include "report/page.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 64, IDS = 4096, NAME = 64 };

static bool is_void(const char *name) {
    static const char *const names[] = {"meta", "br", "hr", "img", "input", "link"};
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (!strcmp(names[i], name)) return true;
    return false;
}

/* End of a tag that starts at '<': the '>' outside of quotes. */
static const char *tag_end(const char *tag) {
    char quote = 0;
    for (const char *c = tag; *c; ++c) {
        if (quote) quote = *c == quote ? 0 : quote;
        else if (*c == '"' || *c == '\'') quote = *c;
        else if (*c == '>') return c;
        else if (*c == '<' && c > tag) break;
    }
    fail_msg("a tag without end: %.60s", tag);
    return tag;
}

static void check_reference(const char *text) {
    const size_t length = strcspn(text, "; <");
    if (length < 2 || length > 9 || text[length] != ';') fail_msg("a bare &: %.40s", text);
}

void page_check_balance(const char *html) {
    char stack[DEPTH][NAME];
    int depth = 0, elements = 0;
    for (const char *c = html; *c; ++c) {
        if (*c == '&') check_reference(c);
        if (*c != '<') continue;
        const char *end = tag_end(c), *name = c + 1 + (c[1] == '/');
        if (c[1] != '!') {
            char word[NAME] = "";
            size_t length = 0;
            while (length < NAME - 1 && isalnum((unsigned char)name[length])) ++length;
            if (!length) fail_msg("a bare <: %.40s", c);
            memcpy(word, name, length);
            if (c[1] == '/') {
                if (!depth || strcmp(stack[depth - 1], word))
                    fail_msg("</%s> closes %s", word, depth ? stack[depth - 1] : "nothing");
                --depth;
            } else if (!is_void(word) && end[-1] != '/') {
                assert_in_range(depth, 0, DEPTH - 1);
                strcpy(stack[depth++], word);
                if (!strcmp(word, "style")) end = strstr(end, "</style>") - 1;
            }
            ++elements;
        }
        c = end;
    }
    if (depth) fail_msg("<%s> is never closed", stack[depth - 1]);
    assert_in_range(elements, 20, 1000000);
}

void page_check_self_contained(const char *html) {
    static const char *const forbidden[] = {"<script",     "<link",      "<iframe", " src=",     "@import",   "url(http",
                                            "href=\"http", "href='http", "url(//",  "href=\"//", " onclick=", "javascript:"};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; ++i) {
        const char *found = strstr(html, forbidden[i]);
        if (found) fail_msg("not self-contained: %.60s", found);
    }
}

/* Elements of this name that begin before `end`. */
static int count_elements(const char *html, const char *end, const char *name) {
    int count = 0;
    for (const char *c = strchr(html, '<'); c && c < end; c = strchr(c + 1, '<'))
        count += !strncmp(c + 1, name, strlen(name)) && !isalnum((unsigned char)c[1 + strlen(name)]);
    return count;
}

static int count_cells(const char *row, const char *end) {
    return count_elements(row, end, "th") + count_elements(row, end, "td");
}

void page_check_tables(const char *html) {
    for (const char *table = html; (table = strstr(table, "<thead>"));) {
        const char *body = strstr(table, "<tbody>"), *end = strstr(table, "</tbody>");
        if (!body || !end || end < body) fail_msg("a table without body: %.80s", table);
        const int cells = count_cells(table + 1, body);
        int rows = 0;
        for (const char *row = strstr(body, "<tr>"); row && row < end; row = strstr(row + 1, "<tr>")) {
            if (count_cells(row, strstr(row, "</tr>")) != cells) fail_msg("not %d cells: %.80s", cells, row);
            ++rows;
        }
        if (!rows) fail_msg("an empty table: %.80s", table);
        table = end;
    }
}

typedef struct {
    const char *text[IDS];
    size_t length[IDS];
    int count;
} name_list;

static bool holds(const name_list *names, const char *text, size_t length) {
    for (int i = 0; i < names->count; ++i)
        if (names->length[i] == length && !memcmp(names->text[i], text, length)) return true;
    return false;
}

/* Collects what follows `mark` inside the tag, up to `stop`. */
static void collect(const char *tag, const char *end, const char *mark, const char *stop, name_list *names, bool unique) {
    for (const char *c = strstr(tag, mark); c && c < end; c = strstr(c, mark)) {
        c += strlen(mark);
        const size_t length = strcspn(c, stop);
        if (unique && holds(names, c, length)) fail_msg("id used twice: %.*s", (int)length, c);
        assert_in_range(names->count, 0, IDS - 1);
        names->text[names->count] = c;
        names->length[names->count++] = length;
    }
}

int page_check_ids(const char *html) {
    static name_list ids, references;
    ids.count = references.count = 0;
    for (const char *c = strchr(html, '<'); c; c = strchr(c + 1, '<')) {
        const char *end = tag_end(c);
        collect(c, end, " id=\"", "\"", &ids, true);
        collect(c, end, " id='", "'", &ids, true);
        collect(c, end, "href=\"#", "\"", &references, false);
        collect(c, end, "href='#", "'", &references, false);
        collect(c, end, "url(#", ")", &references, false);
    }
    for (int i = 0; i < references.count; ++i)
        if (!holds(&ids, references.text[i], references.length[i]))
            fail_msg("no such id: %.*s", (int)references.length[i], references.text[i]);
    return ids.count;
}

void page_check_headings(const char *html) {
    int level = 0, first = 0;
    for (const char *c = html; (c = strstr(c, "<h")); ++c) {
        if (c[2] < '1' || c[2] > '6') continue;
        const int next = c[2] - '0';
        if (next > level + 1) fail_msg("h%d behind h%d: %.60s", next, level, c);
        first += next == 1;
        level = next;
    }
    assert_int_equal(first, 1);
}

static bool holds_before(const char *text, const char *end, const char *word) {
    const char *found = strstr(text, word);
    return found && found < end;
}

static void check_words(const char *html) {
    for (const char *c = html; (c = strstr(c, "<svg")); ++c) {
        const char *end = tag_end(c), *label = strstr(c, "aria-label=\""), *title = strstr(end, "<title>");
        const bool words = (label && label < end && strcspn(label + 12, "\"") > 20) || (title && title < end + 3);
        if (!holds_before(c, end, "role=\"img\"") || !words) fail_msg("a picture without words: %.200s", c);
    }
}

void page_check_access(const char *html) {
    static const char box[] = "<div class=\"scroll\" tabindex=\"0\" role=\"group\">";
    check_words(html);
    for (const char *c = html; (c = strstr(c, "<table")); ++c)
        if (strncmp(c - strlen(box), box, strlen(box)) != 0) fail_msg("a table that cannot be scrolled: %.60s", c);
    for (const char *c = html; (c = strstr(c, "<pre")); ++c)
        if (!holds_before(c, tag_end(c), "tabindex=\"0\"")) fail_msg("the keyboard does not reach %.60s", c);
    for (const char *c = html; (c = strstr(c, "></th>")); ++c)
        if (strncmp(c - 3, "</a", 3) != 0) fail_msg("a column without a name: %.80s", c - 40);
}

void page_check_colours(const char *html) {
    for (const char *c = html; (c = strstr(c, "var(--c")); ++c) {
        char rule[16] = "";
        snprintf(rule, sizeof rule, "%.9s:", c + 4);
        const char *style = strstr(html, "prefers-color-scheme:dark"), *end = strstr(html, "</style>");
        if (c[13] == ',' && !holds_before(style, end, rule)) fail_msg("no colour for dark pages: %.30s", c);
    }
}

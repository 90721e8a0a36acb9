/* F3  INI files through inih.  Our reader hands it one line at a time, so that every error carries file:line, and cuts lines
 * longer than inih's buffer into continuation lines, which the handler joins again. */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/suggest.h"
#include "io/config_store.h"

typedef struct {
    kw_config *config;
    const char *path;
    FILE *file;
    char *line; /* without blanks at its ends and without comments */
    size_t capacity, length, consumed;
    int number; /* of the line, from 1 */
    kw_status status;
    /* the key whose value is being collected */
    char *key, *text;
    int key_line;
} ini_source;

static kw_status fail_at(const ini_source *source, const char *text, const char *detail) {
    return kw_fail(KW_E_INPUT, "%s:%d: %s%s", source->path, source->number, text, detail);
}

static kw_status unknown_section(const ini_source *source, const char *section) {
    kw_suggestion nearest = kw_suggest(section);
    char known[256] = "", candidates[64][48];
    size_t used = 0, distinct = 0;
    for (size_t i = 0; i < source->config->count && distinct < 64; ++i) {
        const char *key = source->config->table[i].key;
        snprintf(candidates[distinct], sizeof *candidates, "%.*s", (int)strcspn(key, "."), key);
        size_t seen = 0;
        while (strcmp(candidates[seen], candidates[distinct])) ++seen;
        if (seen < distinct) continue;
        kw_suggest_offer(&nearest, candidates[distinct]);
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s[%s]", used ? " " : "", candidates[distinct]);
        ++distinct;
    }
    if (nearest.best)
        return kw_fail(KW_E_INPUT, "%s:%d: unknown section [%s]; did you mean [%s]?", source->path, source->number, section,
                       nearest.best);
    return kw_fail(KW_E_INPUT, "%s:%d: unknown section [%s]; known are %s", source->path, source->number, section, known);
}

/* Refuses what inih would pass over or report without a reason. */
static kw_status check_line(ini_source *source) {
    char *line = source->line;
    if (*line != '[') {
        if (!*line || strpbrk(line, "=:")) return KW_OK;
        return fail_at(source, "expected `[section]` or `key = value`, found: ", line);
    }
    char *end = strchr(line, ']');
    if (!end || end[1]) return fail_at(source, "expected `[section]`, found: ", line);
    *end = '\0';
    const bool known = kw_config_has_section(source->config, line + 1);
    const kw_status status = known ? KW_OK : unknown_section(source, line + 1);
    *end = ']';
    return status;
}

/* Removes blanks at both ends and a comment that begins the line or follows a blank. */
static void clean(ini_source *source) {
    char *line = source->line;
    size_t first = source->number == 1 && !strncmp(line, "\xEF\xBB\xBF", 3) ? 3 : 0;
    while (isspace((unsigned char)line[first])) ++first;
    memmove(line, line + first, strlen(line + first) + 1);
    for (char *c = line; *c; ++c) {
        if (!strchr(";#", *c) || (c > line && !isspace((unsigned char)c[-1]))) continue;
        *c = '\0';
        break;
    }
    size_t length = strlen(line);
    while (length && isspace((unsigned char)line[length - 1])) --length;
    line[length] = '\0';
    source->length = length;
}

/* Stores the key collected so far. */
static kw_status flush_key(ini_source *source) {
    if (!source->key) return KW_OK;
    size_t row = 0;
    char *origin = NULL;
    kw_status status = KW_E_NOMEM;
    const size_t bytes = strlen(source->path) + 16;
    if (!(origin = malloc(bytes))) goto done;
    snprintf(origin, bytes, "%s:%d", source->path, source->key_line);
    if ((status = kw_config_find(source->config, source->key, origin, &row))) goto done;
    kw_config_slot *slot = &source->config->slots[row];
    if (slot->line_in_file) {
        status = kw_fail(KW_E_INPUT, "%s: %s is given twice, first in line %d: remove one of them", origin, source->key,
                         slot->line_in_file);
        goto done;
    }
    slot->line_in_file = source->key_line;
    status = kw_config_store(source->config, row, source->text, origin);
done:
    if (status == KW_E_NOMEM) kw_fail(status, "%s: no memory", source->path);
    free(origin);
    free(source->key);
    free(source->text);
    source->key = source->text = NULL;
    return status;
}

static bool next_line(ini_source *source) {
    if ((source->status = flush_key(source))) return false;
    const ssize_t got = getline(&source->line, &source->capacity, source->file);
    if (got < 0) {
        if (ferror(source->file)) source->status = kw_fail(KW_E_INPUT, "%s: %s", source->path, strerror(errno));
        return false;
    }
    ++source->number;
    source->consumed = 0;
    if (strlen(source->line) != (size_t)got) source->status = fail_at(source, "a NUL byte: is this a text file?", "");
    if (source->status) return false;
    clean(source);
    source->status = check_line(source);
    return !source->status;
}

/* Reader of inih: the next piece of at most bytes - 2 characters.  A cut stands between two characters that are no blanks
 * and does not make the rest look like a comment. */
static char *read_piece(char *buffer, int bytes, void *stream) {
    ini_source *source = stream;
    if (source->status) return NULL;
    const bool fresh = source->consumed >= source->length;
    if (fresh && !next_line(source)) return NULL;
    const char *rest = source->line + source->consumed;
    const size_t room = (size_t)bytes - (fresh ? 2 : 3);
    size_t cut = source->length - source->consumed;
    if (cut > room)
        for (cut = room; cut > 0; --cut)
            if (!isspace((unsigned char)rest[cut - 1]) && !isspace((unsigned char)rest[cut]) && !strchr(";#", rest[cut]))
                break;
    if ((cut == 0 && source->length) || (fresh && cut < source->length && !memchr(rest, '=', cut))) {
        source->status = fail_at(source, "this line is too long", "");
        return NULL;
    }
    snprintf(buffer, (size_t)bytes, "%s%.*s\n", fresh ? "" : " ", (int)cut, rest);
    source->consumed += cut;
    return buffer;
}

static kw_status continue_value(ini_source *source, const char *value) {
    char *joined = realloc(source->text, strlen(source->text) + strlen(value) + 1);
    if (!joined) return kw_fail(KW_E_NOMEM, "%s: no memory", source->path);
    strcat(joined, value);
    source->text = joined;
    return KW_OK;
}

/* Handler of inih: nonzero to go on. */
static int take_value(void *user, const char *section, const char *name, const char *value) {
    ini_source *source = user;
    if (source->status) return 0;
    if (source->key) { /* a further piece of the same line */
        source->status = continue_value(source, value);
        return !source->status;
    }
    if (!*section) {
        source->status = fail_at(source, "a key before any [section]: ", name);
        return 0;
    }
    const size_t bytes = strlen(section) + strlen(name) + 2;
    source->key = malloc(bytes);
    source->text = strdup(value);
    source->key_line = source->number;
    if (!source->key || !source->text) {
        source->status = kw_fail(KW_E_NOMEM, "%s: no memory", source->path);
        return 0;
    }
    snprintf(source->key, bytes, "%s.%s", section, name);
    return 1;
}

kw_status kw_config_read(kw_config *config, const char *path) {
    ini_source source = {.config = config, .path = path};
    char *copy = strdup(path);
    if (!copy) return kw_fail(KW_E_NOMEM, "%s: no memory", path);
    free(config->path);
    config->path = copy;
    source.file = fopen(path, "r");
    if (!source.file) return kw_fail(KW_E_INPUT, "%s: %s", path, strerror(errno));
    for (size_t i = 0; i < config->count; ++i) config->slots[i].line_in_file = 0;
    const int refused = ini_parse_stream(read_piece, &source, take_value, &source);
    if (!source.status && refused) source.status = kw_fail(KW_E_INPUT, "%s: not a well-formed INI file", path);
    free(source.key);
    free(source.text);
    free(source.line);
    fclose(source.file);
    return source.status;
}

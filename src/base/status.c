/* F0  Status codes and the message behind the last failure. */
#include "ketwall/status.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"

static _Thread_local char message[KW_MESSAGE_BYTES];

int kw_status_exit_code(kw_status status) {
    static const int codes[] = {
#define KW_STATUS_EXIT(code, exit_code, text) exit_code,
        KW_STATUS_LIST(KW_STATUS_EXIT)
#undef KW_STATUS_EXIT
    };
    return codes[status];
}

const char *kw_status_text(kw_status status) {
    static const char *const texts[] = {
#define KW_STATUS_TEXT(code, exit_code, text) text,
        KW_STATUS_LIST(KW_STATUS_TEXT)
#undef KW_STATUS_TEXT
    };
    return texts[status];
}

const char *kw_error_message(void) { return message; }

kw_status kw_fail(kw_status status, const char *format, ...) {
    char text[KW_MESSAGE_BYTES]; /* the arguments may point into the message itself */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s", text);
    return status;
}

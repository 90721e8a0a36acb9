/* F0  Setting the message behind a failure status. */
#ifndef KW_ERROR_H
#define KW_ERROR_H

#include "ketwall/status.h"

#define KW_MESSAGE_BYTES 512

/** Stores the message for kw_error_message() and returns `status`, so that `return kw_fail(...)` reads well.   @local */
kw_status kw_fail(kw_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

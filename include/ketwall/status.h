/* Status codes: every call that can fail returns one of these; the program's exit code follows from it.
 * A @collective call returns the same status on every rank. */
#ifndef KETWALL_STATUS_H
#define KETWALL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(code, exit code, text).  Order is severity: ranks that disagree settle on the largest. */
#define KW_STATUS_LIST(X)                                                                                                   \
    X(KW_OK, 0, "done")                                                                                                     \
    X(KW_E_STOPPED, 75, "stopped early with a good checkpoint")                                                             \
    X(KW_E_ARG, 64, "usage")                                                                                                \
    X(KW_E_INPUT, 65, "bad input")                                                                                          \
    X(KW_E_FIT, 78, "does not fit in memory")                                                                               \
    X(KW_E_NOMEM, 78, "memory allocation failed")                                                                           \
    X(KW_E_IO, 74, "input/output error or damaged file")                                                                    \
    X(KW_E_INTERNAL, 70, "internal check failed")

typedef enum {
#define KW_STATUS_ENUM(code, exit_code, text) code,
    KW_STATUS_LIST(KW_STATUS_ENUM)
#undef KW_STATUS_ENUM
} kw_status;

/** Process exit code that belongs to a status (0, 64, 65, 70, 74, 75, 78).                                    @local */
int kw_status_exit_code(kw_status status);

/** Short text of a status.                                                                                     @local */
const char *kw_status_text(kw_status status);

/** Message of the calling thread's last failure: names the file, line or key, and the remedy where there is one.
 *  After a @collective call that failed it is the same text on every rank.  Never NULL.                        @local */
const char *kw_error_message(void);

#ifdef __cplusplus
}
#endif
#endif

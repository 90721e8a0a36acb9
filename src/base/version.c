/* F0  The version of the library. */
#include "ketwall/version.h"

#include "build_info.h"

const char *kw_version(void) { return KW_VERSION; }

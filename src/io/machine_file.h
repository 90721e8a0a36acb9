/* F3  Machines described in a file: what a plan needs to predict seconds for nodes that it does not run on. */
#ifndef KW_MACHINE_FILE_H
#define KW_MACHINE_FILE_H

#include <stdio.h>

#include "engine/machine.h"

/** Reads an INI file.                                                                                            @local
 *  @return KW_OK, KW_E_INPUT (file, line, key and what was expected), KW_E_NOMEM */
kw_status kw_machine_read(const char *path, kw_machine *out);

/** Writes an INI file to start from, with what is measured on this machine now, about 1 s.                       @local
 *  @return KW_OK, KW_E_NOMEM */
kw_status kw_machine_template(FILE *out);

#endif

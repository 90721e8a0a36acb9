/* F3  Where a result comes from: versions, machine, command; part of every output. */
#ifndef KW_PROVENANCE_H
#define KW_PROVENANCE_H

#include <jansson.h>

/** A new JSON object with flat text members; NULL without memory.                                               @local
 *  @param[in] mpi      version of the MPI library, or "none"
 *  @param[in] command  the command line */
json_t *kw_provenance(const char *mpi, const char *command);

#endif

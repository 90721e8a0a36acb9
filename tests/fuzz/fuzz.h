/* What the fuzz targets share: bytes as a file, for readers that take a path, and what must hold. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_FILES = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Inputs so far that a reader took; every target counts its own. */
extern size_t fuzz_taken;

/** Makes file number `file`, a temporary one, hold these bytes and nothing else; ends the program if that fails.
 *  @return its path, the same in every call with this number */
const char *fuzz_file(int file, const void *data, size_t size);

/** Ends the program with the text and the library's last message unless `holds`. */
void fuzz_must(int holds, const char *what);

#endif

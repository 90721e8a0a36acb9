/* The version of the headers, which is that of the project (CMake reads it here), and of the library. */
#ifndef KETWALL_VERSION_H
#define KETWALL_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define KETWALL_VERSION_MAJOR 0
#define KETWALL_VERSION_MINOR 1
#define KETWALL_VERSION_PATCH 0

/** Version of the library that runs, such as "0.1.0".  Before 1.0 a new minor version may change calls.          @local */
const char *kw_version(void);

#ifdef __cplusplus
}
#endif
#endif

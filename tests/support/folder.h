/* A temporary folder for one test, the same on every rank. */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include <stdbool.h>

/** Set-up and tear-down of a test that writes files: makes the folder, removes it with everything in it. */
int test_make_folder(void **state);
int test_remove_folder(void **state);

#define TEST_IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, test_make_folder, test_remove_folder)

/** folder/name; the text stays valid until the fourth call from now. */
const char *test_in_folder(const char *name);

bool test_exists(const char *path);

#endif

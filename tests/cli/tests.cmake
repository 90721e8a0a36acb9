kw_test(cli/test_options.c)
target_sources(test_options PRIVATE ../src/cli/options.c)

kw_test(cli/test_verbs.c)
target_compile_definitions(test_verbs PRIVATE KETWALL_PROGRAM="$<TARGET_FILE:ketwall_program>"
                           KETWALL_SERIAL=$<NOT:$<BOOL:${KETWALL_MPI}>>)
add_dependencies(test_verbs ketwall_program)

kw_test(cli/test_options.c)
target_sources(test_options PRIVATE ../src/cli/options.c)

# Tests of the real program, which they start themselves.
foreach(test IN ITEMS test_verbs test_bench test_run test_qae_input test_qae_checkpoint test_qae_plan test_plan test_train_verb
        test_damaged test_paths test_sizes test_frozen test_run_dir test_packed test_packed_files
        test_memory_wall test_compressors test_claims)
  kw_test(cli/${test}.c)
  if(NOT test STREQUAL test_verbs)
    target_sources(${test} PRIVATE cli/shell.c)
  endif()
  target_compile_definitions(${test} PRIVATE KETWALL_PROGRAM="$<TARGET_FILE:ketwall_program>"
                             KETWALL_MPIEXEC="${MPIEXEC_EXECUTABLE}" KETWALL_SERIAL=$<NOT:$<BOOL:${KETWALL_MPI}>>
                             KETWALL_SOURCE="${CMAKE_SOURCE_DIR}")
  add_dependencies(${test} ketwall_program)
  set_tests_properties(cli/${test} PROPERTIES PROCESSORS 2)
endforeach()

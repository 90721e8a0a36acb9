# Kills at random moments: a few in every run, any number by hand (tests/soak/kills 200).
if(KETWALL_MPI)
  add_executable(kills soak/kills.c)
  target_link_libraries(kills PRIVATE test_support)
  target_compile_definitions(kills PRIVATE KETWALL_PROGRAM="$<TARGET_FILE:ketwall_program>"
                             KETWALL_MPIEXEC="${MPIEXEC_EXECUTABLE}")
  add_dependencies(kills ketwall_program)
  add_test(NAME soak/kills COMMAND kills 6 1)
  set_tests_properties(soak/kills PROPERTIES TIMEOUT 300 PROCESSORS 2 ENVIRONMENT "${KW_MPI_ENVIRONMENT}")
endif()

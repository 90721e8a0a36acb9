# The plain simulator beside the engine: run by hand, build/release/tests/plain rqc 24; here only that both agree.
add_executable(plain bench/plain.c)
target_link_libraries(plain PRIVATE test_support)
foreach(kind IN ITEMS rqc hea qft)
  add_test(NAME bench/plain.${kind} COMMAND plain ${kind} 12 1)
  set_tests_properties(bench/plain.${kind} PROPERTIES TIMEOUT 120 ENVIRONMENT "${KW_MPI_ENVIRONMENT}")
endforeach()

# Simulators beside the engine, in pairs: run by hand, build/release/tests/plain rqc 24; here only that both agree.
add_library(bench_pairs STATIC bench/pairs.c)
target_link_libraries(bench_pairs PUBLIC test_support)
add_executable(plain bench/plain.c)
target_link_libraries(plain PRIVATE bench_pairs)
foreach(kind IN ITEMS rqc hea qft)
  add_test(NAME bench/plain.${kind} COMMAND plain ${kind} 12 1)
  set_tests_properties(bench/plain.${kind} PROPERTIES TIMEOUT 120 ENVIRONMENT "${KW_MPI_ENVIRONMENT}")
endforeach()

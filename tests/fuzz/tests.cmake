# The corpus, replayed through the fuzz target with every compiler.
kw_test(fuzz/test_corpus.c)
target_sources(test_corpus PRIVATE fuzz/fuzz_qasm.c)
target_compile_definitions(test_corpus PRIVATE TEST_CORPUS="${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/qasm")

# The fuzzer itself: only with clang, and only on demand.  build/fuzz_qasm -max_total_time=120 tests/fuzz/corpus/qasm
option(KETWALL_FUZZ "Build the fuzz targets (clang)" OFF)
if(KETWALL_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "KETWALL_FUZZ needs clang: CC=clang cmake ...")
  endif()
  file(GLOB FUZZ_QASM_SOURCES CONFIGURE_DEPENDS ../src/circuit/*.c ../src/base/status.c ../src/base/suggest.c)
  add_executable(fuzz_qasm fuzz/fuzz_qasm.c ${FUZZ_QASM_SOURCES}) # the reader itself is instrumented, hence no library
  target_include_directories(fuzz_qasm PRIVATE ../include ../src)
  target_compile_options(fuzz_qasm PRIVATE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
  target_link_options(fuzz_qasm PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz_qasm PRIVATE ketwall_flags)
endif()

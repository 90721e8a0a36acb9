# Fuzz targets: fuzz_<name>.c with a corpus of small seeds.  kw_fuzz(name FLIPS n SOURCES files of src) adds
#   - the test fuzz/<name>: the corpus as it is, cut off, and with n bytes replaced per file, with every compiler;
#   - with -DKETWALL_FUZZ=ON and clang the fuzzer itself, in which SOURCES are instrumented and the rest is the library's:
#     build/fuzz/tests/fuzz_<name> -max_total_time=600 FOLDER tests/fuzz/corpus/<name>
option(KETWALL_FUZZ "Build the fuzz targets (clang)" OFF)
if(KETWALL_FUZZ AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "KETWALL_FUZZ needs clang: cmake --preset fuzz")
endif()

function(kw_fuzz NAME)
  cmake_parse_arguments(ARG "" "FLIPS" "SOURCES" ${ARGN})
  set(target fuzz/fuzz.c fuzz/fuzz_${NAME}.c)
  kw_test(fuzz/test_corpus.c NAME ${NAME} TIMEOUT 600)
  target_sources(test_corpus_${NAME} PRIVATE ${target})
  target_include_directories(test_corpus_${NAME} PRIVATE fuzz)
  target_compile_definitions(test_corpus_${NAME} PRIVATE TEST_CORPUS="${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${NAME}"
                             TEST_FLIPS=${ARG_FLIPS})
  if(KETWALL_FUZZ)
    list(TRANSFORM ARG_SOURCES PREPEND ${CMAKE_SOURCE_DIR}/src/)
    file(GLOB sources CONFIGURE_DEPENDS ${ARG_SOURCES})
    add_executable(fuzz_${NAME} ${target} ${sources} support/odd_object.c)
    target_include_directories(fuzz_${NAME} PRIVATE . ../src ${CMAKE_BINARY_DIR} fuzz)
    target_include_directories(fuzz_${NAME} SYSTEM PRIVATE ${RANDOM123_INCLUDE})
    target_compile_options(fuzz_${NAME} PRIVATE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all)
    target_link_options(fuzz_${NAME} PRIVATE -fsanitize=fuzzer,address,undefined)
    target_link_libraries(fuzz_${NAME} PRIVATE ketwall ketwall_flags ${KETWALL_LIBS})
  endif()
endfunction()

kw_fuzz(qasm FLIPS 5000 SOURCES circuit/*.c base/status.c base/suggest.c)
kw_fuzz(ini FLIPS 300 SOURCES io/config*.c io/machine_file.c models/*_config.c nn/cnn_layout.c base/suggest.c)
kw_fuzz(images FLIPS 300 SOURCES data/idx.c data/cifar.c data/image_file.c)
kw_fuzz(checkpoint FLIPS 60 SOURCES io/checkpoint*.c io/circuit_checkpoint.c io/fields.c io/sealed*.c
        io/state_file.c)

# Simulators beside the engine, in pairs: run by hand, build/release/tests/plain rqc 24; here only that both agree.
add_library(bench_pairs STATIC bench/pairs.c)
target_link_libraries(bench_pairs PUBLIC test_support)
add_executable(plain bench/plain.c)
target_link_libraries(plain PRIVATE bench_pairs)
foreach(kind IN ITEMS rqc hea qft)
  add_test(NAME bench/plain.${kind} COMMAND plain ${kind} 12 1)
  set_tests_properties(bench/plain.${kind} PROPERTIES TIMEOUT 120 ENVIRONMENT "${KW_MPI_ENVIRONMENT}")
endforeach()

# Storage kinds beside each other: infidelity, seconds; run by hand, here only that it runs.
add_executable(precision bench/precision.c ../${KETWALL_LAUNCH})
target_link_libraries(precision PRIVATE test_support)
add_test(NAME bench/precision COMMAND precision infidelity 12 rqc 4)
set_tests_properties(bench/precision PROPERTIES TIMEOUT 120 ENVIRONMENT "${KW_MPI_ENVIRONMENT}"
                     FAIL_REGULAR_EXPRESSION "VIOLATED")

# The fast Fourier transform beside the quantum one.
if(KETWALL_OPENMP)
  find_library(FFTW_OMP_LIBRARY fftw3_omp REQUIRED)
  add_executable(fftw bench/fftw.c)
  target_link_libraries(fftw PRIVATE bench_pairs ${FFTW_OMP_LIBRARY} PkgConfig::FFTW)
  add_test(NAME bench/fftw COMMAND fftw qft 12 1)
  set_tests_properties(bench/fftw PROPERTIES TIMEOUT 120 ENVIRONMENT "${KW_MPI_ENVIRONMENT}")
endif()

# Other simulators, each from the prefix where it is installed; the last folder of the prefix is its name in the output.
foreach(peer IN ITEMS QULACS LIGHTNING QUEST QSIM AER)
  set(KETWALL_PEER_${peer} "" CACHE PATH "Installation of another simulator to compare with; empty: none")
endforeach()
if(KETWALL_PEER_QULACS OR KETWALL_PEER_LIGHTNING OR KETWALL_PEER_QSIM OR KETWALL_PEER_AER)
  enable_language(CXX)
  find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

# kw_peer(DRIVER PREFIX INCLUDE folders... LIBRARIES patterns...), both below PREFIX
function(kw_peer DRIVER PREFIX)
  cmake_parse_arguments(ARG "" "" "INCLUDE;LIBRARIES" ${ARGN})
  get_filename_component(name ${DRIVER} NAME_WE)
  get_filename_component(title ${PREFIX} NAME)
  list(TRANSFORM ARG_INCLUDE PREPEND ${PREFIX}/)
  list(TRANSFORM ARG_LIBRARIES PREPEND ${PREFIX}/)
  file(GLOB libraries ${ARG_LIBRARIES})
  add_executable(${name} bench/${DRIVER})
  # what C is compiled with is not for C++
  target_link_libraries(${name} PRIVATE $<LINK_ONLY:bench_pairs> -Wl,--start-group ${libraries} -Wl,--end-group)
  target_include_directories(${name} PRIVATE .)
  target_include_directories(${name} SYSTEM PRIVATE ${ARG_INCLUDE})
  target_compile_definitions(${name} PRIVATE PEER="${title}")
  if(DRIVER MATCHES "cpp$")
    target_compile_features(${name} PRIVATE cxx_std_20)
    # the last three: gcc 12 warns of its own headers
    target_compile_options(${name} PRIVATE -march=native -Wall -Wextra -Wno-uninitialized -Wno-maybe-uninitialized
                           -Wno-restrict)
    target_link_libraries(${name} PRIVATE OpenMP::OpenMP_CXX)
  endif()
endfunction()

if(KETWALL_PEER_QULACS)
  kw_peer(qulacs.cpp ${KETWALL_PEER_QULACS} INCLUDE include LIBRARIES lib/lib*sim_static.a)
endif()
if(KETWALL_PEER_LIGHTNING)
  set(core include/pennylane_lightning/core/core)
  set(qubit ${core}/simulators/lightning_qubit)
  kw_peer(lightning.cpp ${KETWALL_PEER_LIGHTNING} LIBRARIES lib/*.a
          INCLUDE ${core}/algorithms ${core}/gates ${core}/observables ${core}/simulators/base ${core}/utils ${qubit}
                  ${qubit}/algorithms ${qubit}/gates ${qubit}/gates/cpu_kernels ${qubit}/observables ${qubit}/utils)
  # as the library: threads in its kernels, inner products by BLAS
  target_compile_definitions(lightning PRIVATE PL_USE_OMP=1 PL_LQ_KERNEL_OMP _ENABLE_BLAS=1)
  target_link_libraries(lightning PRIVATE openblas)
endif()
if(KETWALL_PEER_QUEST)
  kw_peer(quest.c ${KETWALL_PEER_QUEST} INCLUDE include LIBRARIES lib/libQuEST.so)
endif()
if(KETWALL_PEER_QSIM)
  kw_peer(qsim.cpp ${KETWALL_PEER_QSIM} INCLUDE .)
endif()
if(KETWALL_PEER_AER)
  kw_peer(aer.cpp ${KETWALL_PEER_AER} INCLUDE include LIBRARIES lib/*.a)
  target_link_libraries(aer PRIVATE openblas)
endif()

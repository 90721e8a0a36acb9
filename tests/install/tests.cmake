set(flags "${CMAKE_C_FLAGS}")
if(KETWALL_SANITIZE)
  string(APPEND flags " -fsanitize=${KETWALL_SANITIZE}")
endif()
add_test(NAME install/check COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/check.sh ${CMAKE_BINARY_DIR} "${flags}")
set(environment ${KW_MPI_ENVIRONMENT} "CC=${CMAKE_C_COMPILER}")
if(KETWALL_MPI) # OMPI_CC, MPICH_CC: the wrapper takes the build's compiler
  list(APPEND environment "MPICC=${MPI_C_COMPILER}" "MPIEXEC=${MPIEXEC_EXECUTABLE}" "OMPI_CC=${CMAKE_C_COMPILER}"
       "MPICH_CC=${CMAKE_C_COMPILER}")
endif()
set_tests_properties(install/check PROPERTIES LABELS install TIMEOUT 300 PROCESSORS 2 ENVIRONMENT "${environment}")

# Quick checks of the program as it is built; by hand against an installed tree: PREFIX/share/ketwall/smoke.sh.
foreach(part IN ITEMS start bell resume ranks)
  add_test(NAME smoke/${part} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/smoke.sh $<TARGET_FILE:ketwall_program> ${part})
  set_tests_properties(smoke/${part} PROPERTIES LABELS smoke TIMEOUT 120 PROCESSORS 2 SKIP_RETURN_CODE 77
                       ENVIRONMENT "${KW_MPI_ENVIRONMENT};MPIEXEC=${MPIEXEC_EXECUTABLE} -n 2")
endforeach()

add_test(NAME install/spack COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/spack.sh ${CMAKE_SOURCE_DIR})
set_tests_properties(install/spack PROPERTIES LABELS install TIMEOUT 120 SKIP_RETURN_CODE 77)

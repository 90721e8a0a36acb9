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

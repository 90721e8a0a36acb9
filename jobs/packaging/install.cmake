# Installation: program, library, public headers, and what find_package(ketwall) and pkg-config need.  Works for the static and the
# shared library, and from any prefix.
set_target_properties(ketwall PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
file(RELATIVE_PATH KETWALL_BIN_TO_LIB ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
set_target_properties(ketwall_program PROPERTIES INSTALL_RPATH "$ORIGIN/${KETWALL_BIN_TO_LIB}")

# What ketwall_flags gives to our own targets, users of the static library need too.
target_link_libraries(ketwall PRIVATE $<INSTALL_INTERFACE:m>)
if(KETWALL_OPENMP)
  target_link_libraries(ketwall PRIVATE $<INSTALL_INTERFACE:OpenMP::OpenMP_C>)
endif()

install(TARGETS ketwall EXPORT ketwallTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ketwall_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/ketwall DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(DIRECTORY jobs/configs jobs/env DESTINATION ${CMAKE_INSTALL_DATADIR}/ketwall/jobs)
file(GLOB KETWALL_JOBS CONFIGURE_DEPENDS jobs/*.sbatch)
install(FILES ${KETWALL_JOBS} jobs/slurm.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/ketwall/jobs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(KETWALL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ketwall)
get_target_property(KETWALL_LIBRARY_TYPE ketwall TYPE)
configure_package_config_file(jobs/packaging/ketwallConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/ketwallConfig.cmake
                              INSTALL_DESTINATION ${KETWALL_CMAKE_DIR})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/ketwallConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT ketwallTargets NAMESPACE ketwall:: DESTINATION ${KETWALL_CMAKE_DIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ketwallConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/ketwallConfigVersion.cmake
        DESTINATION ${KETWALL_CMAKE_DIR})

# pkg-config: paths relative to the file itself.
file(RELATIVE_PATH KETWALL_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(KETWALL_PC_REQUIRES ${HDF5_MODULE_NAME} jansson inih nlopt libxxhash zlib lapacke arpack)
set(KETWALL_PC_LIBS ${OpenMP_C_FLAGS} -lm)
if(KETWALL_MPI)
  list(PREPEND KETWALL_PC_LIBS ${PARPACK_LIBRARY} ${MPI_C_LIBRARIES})
endif()
list(JOIN KETWALL_PC_REQUIRES " " KETWALL_PC_REQUIRES)
list(JOIN KETWALL_PC_LIBS " " KETWALL_PC_LIBS)
configure_file(jobs/packaging/ketwall.pc.in ketwall.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ketwall.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

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
set(KETWALL_PC_REQUIRES ${HDF5_MODULE_NAME} jansson inih nlopt libxxhash zlib ${LAPACKE_MODULE_NAME} ${BLAS_MODULE_NAME} arpack)
set(KETWALL_PC_LIBS ${OpenMP_C_FLAGS} -lm)
if(KETWALL_MPI)
  list(PREPEND KETWALL_PC_LIBS ${PARPACK_LIBRARY} ${MPI_C_LIBRARIES})
endif()
list(JOIN KETWALL_PC_REQUIRES " " KETWALL_PC_REQUIRES)
list(JOIN KETWALL_PC_LIBS " " KETWALL_PC_LIBS)
configure_file(jobs/packaging/ketwall.pc.in ketwall.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ketwall.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What a job needs on a cluster: job scripts, site environments, configurations, module files, and a first test of the
# installed tree.  Scripts that build from the source tree stay there.
set(KETWALL_SHARE_DIR ${CMAKE_INSTALL_DATADIR}/ketwall)
install(DIRECTORY jobs DESTINATION ${KETWALL_SHARE_DIR} USE_SOURCE_PERMISSIONS FILES_MATCHING
        PATTERN "*.sbatch" PATTERN "*.sh" PATTERN "*.ini" PATTERN "*.pauli"
        PATTERN packaging EXCLUDE PATTERN setup.sh EXCLUDE PATTERN demo.sh EXCLUDE PATTERN test.sh EXCLUDE)
install(PROGRAMS tests/install/smoke.sh DESTINATION ${KETWALL_SHARE_DIR})

# Beside each other: Lmod takes the .lua file, Environment Modules the other one.
set(KETWALL_MODULES_DIR ${KETWALL_SHARE_DIR}/modulefiles/ketwall)
file(RELATIVE_PATH KETWALL_MODULE_TO_PREFIX ${CMAKE_INSTALL_FULL_DATADIR}/ketwall/modulefiles/ketwall ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "([^A-Za-z0-9/_])" "%\\1" KETWALL_DATADIR_PATTERN "${CMAKE_INSTALL_DATADIR}") # a pattern of Lua
configure_file(jobs/packaging/modules/ketwall.lua.in module.lua @ONLY)
configure_file(jobs/packaging/modules/ketwall.in module.tcl @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/module.lua DESTINATION ${KETWALL_MODULES_DIR} RENAME ${PROJECT_VERSION}.lua)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/module.tcl DESTINATION ${KETWALL_MODULES_DIR} RENAME ${PROJECT_VERSION})

# The job scripts on a real Slurm: two nodes on this machine.  Skipped where that cannot be.
add_test(NAME slurm/jobs COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/slurm/test_slurm.sh finish fence ranks fit stop cap limit)
add_test(NAME slurm/soak COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/slurm/test_slurm.sh all)
set_tests_properties(slurm/jobs slurm/soak PROPERTIES PROCESSORS 2 SKIP_RETURN_CODE 77 TIMEOUT 600
                     ENVIRONMENT "${KW_MPI_ENVIRONMENT};KETWALL_PROGRAM=$<TARGET_FILE:ketwall_program>")
set_tests_properties(slurm/jobs PROPERTIES LABELS slurm)
set_tests_properties(slurm/soak PROPERTIES LABELS "slurm;long")

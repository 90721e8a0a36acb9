kw_test(nn/test_optimiser.c RANKS 1 2 4)
kw_test(nn/test_cnn.c)
kw_test(nn/test_mapping.c)
kw_test(nn/test_tape.c)

# Networks with every kernel set; a processor that lacks one runs the reference kernels again.
foreach(set IN LISTS KETWALL_KERNEL_SETS)
  foreach(test IN ITEMS test_cnn test_mapping)
    add_test(NAME nn/${test}.${set} COMMAND ${test})
    set_tests_properties(nn/${test}.${set} PROPERTIES TIMEOUT 300 ENVIRONMENT "${KW_MPI_ENVIRONMENT};KETWALL_KERNELS=${set}")
  endforeach()
endforeach()

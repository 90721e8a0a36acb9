kw_test(circuit/test_gates.c)
kw_test(circuit/test_circuit.c)
kw_test(circuit/test_ansatz.c)
kw_test(circuit/test_qasm_errors.c)

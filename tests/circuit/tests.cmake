kw_test(circuit/test_gates.c)
kw_test(circuit/test_circuit.c)
kw_test(circuit/test_ansatz.c)

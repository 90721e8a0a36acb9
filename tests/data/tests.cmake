kw_test(data/test_ensemble.c RANKS 1 2 4)
kw_test(data/test_encoders.c RANKS 1 2 4)
kw_test(data/test_ground.c RANKS 1 2 4)
kw_test(data/test_qasm_members.c RANKS 1 2 4)

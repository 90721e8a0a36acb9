kw_test(baselines/test_mps.c)
kw_test(baselines/test_mps_states.c)
kw_test(baselines/test_tableau.c)
kw_test(baselines/test_shadows.c)

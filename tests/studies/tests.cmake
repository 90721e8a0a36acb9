kw_test(studies/test_sweep.c RANKS 1 2 4)

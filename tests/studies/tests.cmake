kw_test(studies/test_sweep.c RANKS 1 2 4)
kw_test(studies/test_romero.c RANKS 1 2 4)
kw_test(studies/test_families.c RANKS 1 2 4)

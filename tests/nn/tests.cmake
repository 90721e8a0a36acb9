kw_test(nn/test_optimiser.c RANKS 1 2 4)

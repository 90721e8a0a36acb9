kw_test(models/test_qae.c RANKS 1 2 4)

kw_test(sealed/test_sealed.c RANKS 1 2 4)

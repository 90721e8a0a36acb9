kw_test(base/test_base.c)
kw_test(base/test_communicators.c RANKS 1 2 4)

kw_test(sealed/test_sealed.c RANKS 1 2 4)
kw_test(sealed/test_state_file.c RANKS 1 2 4)
kw_test(sealed/test_odd_objects.c)

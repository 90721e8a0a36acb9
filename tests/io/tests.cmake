kw_test(io/test_config.c)

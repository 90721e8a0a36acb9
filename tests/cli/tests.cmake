kw_test(cli/test_options.c)

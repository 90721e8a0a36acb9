kw_test(io/test_config.c)
kw_test(io/test_run_directory.c)
kw_test(io/test_machine_file.c)
kw_test(io/test_checkpoint_files.c)

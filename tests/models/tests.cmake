kw_test(models/test_qae.c RANKS 1 2 4)
kw_test(models/test_forecast.c RANKS 1 2 4)
kw_test(models/test_training.c RANKS 1 2 4)
kw_test(models/test_resume.c RANKS 1 2 4)

kw_test(report/test_report.c)
target_sources(test_report PRIVATE report/page.c)

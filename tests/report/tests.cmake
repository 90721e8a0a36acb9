foreach(name IN ITEMS test_report test_report_vqe test_report_train test_report_bench test_report_study
        test_words)
  kw_test(report/${name}.c)
  target_sources(${name} PRIVATE report/fixture.c report/page.c)
endforeach()

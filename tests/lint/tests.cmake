# The rules of the house, and that their check can fail.
add_test(NAME lint/tree COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/lint.sh ${CMAKE_SOURCE_DIR})
add_test(NAME lint/can_fail COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/test_lint.sh)
set_tests_properties(lint/tree lint/can_fail PROPERTIES LABELS lint TIMEOUT 300)

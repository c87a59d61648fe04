# lint: the rules of the house, and the proof that breaking one is found.
add_test(NAME lint/rules COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/lint.sh ${CMAKE_SOURCE_DIR})
add_test(NAME lint/selftest COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/selftest.sh)
set_tests_properties(lint/rules lint/selftest PROPERTIES LABELS lint TIMEOUT 60)

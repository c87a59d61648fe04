# readme: the shell blocks of all READMEs; see tests/README.md.
set(readme ${CMAKE_CURRENT_LIST_DIR}/readme.sh ${PROJECT_SOURCE_DIR} $<TARGET_FILE:exitwalk>)
add_test(NAME readme/plain COMMAND ${readme} plain)
set_tests_properties(readme/plain PROPERTIES LABELS lint TIMEOUT 120)
add_test(NAME readme/kernel COMMAND ${readme} kernel ${CMAKE_BINARY_DIR}/kernel)
set_tests_properties(readme/kernel PROPERTIES
  LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED "kernel-6.1;kernel-6.12")

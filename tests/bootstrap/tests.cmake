# bootstrap: what it installs, builds, makes and says, with stand-ins for apt, cmake and exitwalk.
add_test(NAME bootstrap/set-up
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bootstrap/bootstrap.sh ${PROJECT_SOURCE_DIR}/bootstrap)
set_tests_properties(bootstrap/set-up PROPERTIES LABELS unit TIMEOUT 60)

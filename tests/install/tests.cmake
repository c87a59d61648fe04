# install: what `cmake --install` puts where, and that the installed copy runs from any directory.
add_test(NAME install/prefix
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/install.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR})
set_tests_properties(install/prefix PROPERTIES LABELS unit TIMEOUT 120)

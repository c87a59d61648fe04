# install: what `cmake --install` puts where, and that the installed copy runs from any directory.
add_test(NAME install/prefix
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/install.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR})
set_tests_properties(install/prefix PROPERTIES LABELS unit TIMEOUT 120)

# Of a build with late libraries: see CMakeLists.txt.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND NOT EW_SANITIZE)
  add_test(NAME install/needed
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/install/needed.sh ${CMAKE_READELF} $<TARGET_FILE:exitwalk>)
  set_tests_properties(install/needed PROPERTIES LABELS lint TIMEOUT 60)
endif()

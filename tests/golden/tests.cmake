# One test a file. "cmake --build … --target bless" writes what is printed now into all of them.
set(golden ${CMAKE_CURRENT_SOURCE_DIR}/golden)
set(indexes ${CMAKE_CURRENT_BINARY_DIR}/golden)
add_test(NAME golden/indexes COMMAND ${golden}/index.sh $<TARGET_FILE:exitwalk-index> ${indexes})
set_tests_properties(golden/indexes PROPERTIES LABELS golden FIXTURES_SETUP golden TIMEOUT 120)
file(GLOB files CONFIGURE_DEPENDS ${golden}/*.test)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  add_test(NAME golden/${name} COMMAND ${golden}/golden.sh $<TARGET_FILE:exitwalk> ${indexes} ${file})
  set_tests_properties(golden/${name} PROPERTIES LABELS golden FIXTURES_REQUIRED golden TIMEOUT 120)
endforeach()
add_custom_target(bless
  COMMAND ${golden}/index.sh $<TARGET_FILE:exitwalk-index> ${indexes}
  COMMAND ${golden}/golden.sh $<TARGET_FILE:exitwalk> ${indexes} bless ${files}
  VERBATIM)
add_test(NAME golden/tty COMMAND ${golden}/tty.sh $<TARGET_FILE:exitwalk> ${indexes})
set_tests_properties(golden/tty PROPERTIES LABELS golden FIXTURES_REQUIRED golden TIMEOUT 120
  SKIP_RETURN_CODE 77)

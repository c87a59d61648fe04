# The indexer against units, signals and places that mean it ill. "survive/kills" takes its number of
# kills from EW_KILLS (twenty if it is not set):
#	EW_KILLS=100 ctest --preset dev -R survive/kills
function(add_survive_test name label)
  add_executable(survive_${name} survive/test_${name}.c survive/survive.c)
  target_link_libraries(survive_${name} PRIVATE ${below})
  target_compile_definitions(survive_${name} PRIVATE EW_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}"
    EW_INDEXER="$<TARGET_FILE:exitwalk-index>" EW_PROGRAM="$<TARGET_FILE:exitwalk>")
  add_test(NAME survive/${name} COMMAND survive_${name} --tap)
  set_tests_properties(survive/${name} PROPERTIES LABELS ${label} SKIP_RETURN_CODE 77 TIMEOUT 900)
endfunction()
add_survive_test(units unit)
add_survive_test(kills survive)
add_survive_test(places unit)
add_survive_test(pool unit)

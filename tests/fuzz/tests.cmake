# fuzz: parsers of what people write. With clang and sanitizers by libFuzzer, else by variants of the
# shipped files that are the same each time.
add_executable(fuzz_experiment ${CMAKE_CURRENT_LIST_DIR}/experiment.c)
target_link_libraries(fuzz_experiment PRIVATE ew_live)
file(GLOB fuzz_experiments CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lessons/experiments/*.exp
  ${CMAKE_SOURCE_DIR}/tests/live/verbs/*.exp)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND EW_SANITIZE)
  target_compile_definitions(fuzz_experiment PRIVATE EW_LIBFUZZER)
  target_compile_options(ew_live PRIVATE -fsanitize=fuzzer-no-link)
  target_compile_options(fuzz_experiment PRIVATE -fsanitize=fuzzer)
  target_link_options(fuzz_experiment PRIVATE -fsanitize=fuzzer)
  add_test(NAME fuzz/experiment COMMAND fuzz_experiment -max_total_time=60 -seed=5 -timeout=10
    -max_len=8192 ${CMAKE_CURRENT_BINARY_DIR}/corpus ${CMAKE_SOURCE_DIR}/lessons/experiments
    ${CMAKE_SOURCE_DIR}/tests/live/verbs)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus)
else()
  add_test(NAME fuzz/experiment COMMAND fuzz_experiment 20000 ${fuzz_experiments})
endif()
set_tests_properties(fuzz/experiment PROPERTIES LABELS fuzz TIMEOUT 300)

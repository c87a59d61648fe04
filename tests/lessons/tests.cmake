# lessons: the commands on the fixtures, and the shipped lessons on the real kernels.
foreach(what check astray print step state broken without accept)
  add_test(NAME lessons/${what}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/lessons.sh $<TARGET_FILE:exitwalk> ${what})
  set_tests_properties(lessons/${what} PROPERTIES LABELS lessons TIMEOUT 120)
endforeach()

foreach(what piped batch terminal slow ended second interrupt refused check)
  add_test(NAME lessons/first-${what}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/first.sh $<TARGET_FILE:exitwalk> ${what})
  set_tests_properties(lessons/first-${what} PROPERTIES LABELS lessons SKIP_RETURN_CODE 77 TIMEOUT 120)
endforeach()

foreach(release 6.1 6.12)
  add_test(NAME kernel/${release}/first
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/first_kernel.sh $<TARGET_FILE:exitwalk> ${release})
  set_tests_properties(kernel/${release}/first PROPERTIES
    LABELS "kernel;lessons" SKIP_RETURN_CODE 77 TIMEOUT 900 RUN_SERIAL ON)
  add_test(NAME kernel/${release}/lessons
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/kernel.sh $<TARGET_FILE:exitwalk>
      ${CMAKE_BINARY_DIR}/kernel ${release})
  set_tests_properties(kernel/${release}/lessons PROPERTIES
    LABELS "kernel;lessons" SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
endforeach()

# The first step stands there in 15 s, on a machine that does nothing else.
add_custom_target(bench-first
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/first_kernel.sh $<TARGET_FILE:exitwalk> 6.1 15
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/first_kernel.sh $<TARGET_FILE:exitwalk> 6.12 15
  USES_TERMINAL)

foreach(what incomplete graded live)
  add_test(NAME lessons/predict-${what}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lessons/predict.sh $<TARGET_FILE:exitwalk> ${what})
  set_tests_properties(lessons/predict-${what} PROPERTIES LABELS lessons SKIP_RETURN_CODE 77 TIMEOUT 120)
endforeach()

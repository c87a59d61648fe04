# kernel: the answers about real kernels, against tables that were made by reading their source. The
# index is made once (a few minutes with EW_KERNEL_SCOPE=core, the default; lesson is faster).
add_executable(kernel_counters ${CMAKE_CURRENT_LIST_DIR}/counters.c)
target_link_libraries(kernel_counters PRIVATE ew_query ew_live)
foreach(release 6.1 6.12)
  # of more than the scope lesson
  add_test(NAME kernel/${release}/counters
    COMMAND kernel_counters ${CMAKE_BINARY_DIR}/kernel/${release}-core.sqlite ${CMAKE_SOURCE_DIR}/kernel-refs)
  set_tests_properties(kernel/${release}/counters PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 60 FIXTURES_REQUIRED kernel-${release})
  set(arguments $<TARGET_FILE:exitwalk> ${CMAKE_BINARY_DIR}/kernel ${release})
  add_test(NAME kernel/${release}/index
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/index.sh ${arguments})
  set_tests_properties(kernel/${release}/index PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 3600 RUN_SERIAL ON FIXTURES_SETUP kernel-${release})
  add_test(NAME kernel/${release}/pointers
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/pointers.sh ${arguments})
  set_tests_properties(kernel/${release}/pointers PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  add_test(NAME kernel/${release}/drawn
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/drawn.sh ${arguments})
  set_tests_properties(kernel/${release}/drawn PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  add_test(NAME kernel/${release}/sleep
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/sleep.sh ${arguments})
  set_tests_properties(kernel/${release}/sleep PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  add_test(NAME kernel/${release}/contexts
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/contexts.sh ${arguments})
  set_tests_properties(kernel/${release}/contexts PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  foreach(what gates ungated)
    add_test(NAME kernel/${release}/${what}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/${what}.sh ${arguments})
    set_tests_properties(kernel/${release}/${what} PROPERTIES
      LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  endforeach()
  add_test(NAME kernel/${release}/states
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/states.sh ${arguments})
  set_tests_properties(kernel/${release}/states PROPERTIES
    LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  foreach(what mechanisms bindings)
    add_test(NAME kernel/${release}/${what}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/mechanisms.sh ${arguments} ${what})
    set_tests_properties(kernel/${release}/${what} PROPERTIES
      LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  endforeach()
  foreach(what avoid all queued marks bound handed raised)
    add_test(NAME kernel/${release}/ways-${what}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/ways.sh ${arguments} ${what})
    set_tests_properties(kernel/${release}/ways-${what} PROPERTIES
      LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  endforeach()
  foreach(what edges why path callers)
    add_test(NAME kernel/${release}/${what}
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/walk.sh ${arguments} ${what})
    set_tests_properties(kernel/${release}/${what} PROPERTIES
      LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  endforeach()
endforeach()
# 6.12 asks security modules by static calls
add_test(NAME kernel/6.12/lsm
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/lsm.sh $<TARGET_FILE:exitwalk> ${CMAKE_BINARY_DIR}/kernel 6.12)
set_tests_properties(kernel/6.12/lsm PROPERTIES
  LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-6.12)
add_test(NAME kernel/ways-diff
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/ways.sh $<TARGET_FILE:exitwalk> ${CMAKE_BINARY_DIR}/kernel 6.1 diff)
set_tests_properties(kernel/ways-diff PROPERTIES
  LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED "kernel-6.1;kernel-6.12")

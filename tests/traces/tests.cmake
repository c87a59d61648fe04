# traces: what experiments leave behind, and whether they disturb each other. Small here; the targets are long.
set(traces ${CMAKE_CURRENT_LIST_DIR})
add_test(NAME traces/nothing COMMAND ${traces}/nothing.sh $<TARGET_FILE:exitwalk> 10 kill-established)
add_test(NAME traces/classes COMMAND ${traces}/classes.sh $<TARGET_FILE:exitwalk> 3 kill-established)
set_tests_properties(traces/nothing traces/classes PROPERTIES LABELS live TIMEOUT 300 SKIP_RETURN_CODE 77)
# the kernel frees namespaces one after the other: those of other tests would be waited for, too
set_tests_properties(traces/nothing PROPERTIES RUN_SERIAL ON)

# The whole catalogue: a hundred times Ctrl-C; two users, twenty runs of each experiment.
add_custom_target(live-nothing
  COMMAND ${traces}/nothing.sh $<TARGET_FILE:exitwalk> 100 --all
  DEPENDS exitwalk USES_TERMINAL VERBATIM)
add_custom_target(live-classes
  COMMAND ${traces}/classes.sh $<TARGET_FILE:exitwalk> 20 --all
  DEPENDS exitwalk USES_TERMINAL VERBATIM)

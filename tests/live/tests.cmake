# live: real experiments in namespaces. Where those are not possible each is skipped with the reason.
add_executable(live_run ${CMAKE_CURRENT_LIST_DIR}/live_run.c)
target_link_libraries(live_run PRIVATE ew_live)
set(live_experiments ${CMAKE_SOURCE_DIR}/lessons/experiments ${CMAKE_CURRENT_LIST_DIR})
foreach(name
    shipped       # each experiment of lessons/experiments matches, and leaves nothing
    verbs         # each verb and way of using one
    variants      # the same machinery sees a RST, an end without TIME_WAIT, and a false expectation
    interrupted   # Ctrl-C at many moments
    killed        # the user's process, and the runner, killed with SIGKILL
    namespaces    # a run gives its namespaces back
    forbidden     # limits of namespaces are told by name
    broken-steps  # steps that fail or never end
    plain-user    # without any privilege
    unobserved    # the same packets with and without those who watch
    observers)    # counters, freed sockets, and what watching takes
  add_test(NAME live/${name} COMMAND live_run ${name} ${live_experiments})
  set_tests_properties(live/${name} PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()
# All that is shipped, one after the other: each waits for timers of the kernel.
set_tests_properties(live/shipped PROPERTIES TIMEOUT 1200)
add_test(NAME live/command
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/command.sh $<TARGET_FILE:exitwalk> ${CMAKE_CURRENT_LIST_DIR})
set_tests_properties(live/command PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)

# What is shipped, as a whole: over IPv6, and without those who watch.
add_executable(live_whole ${CMAKE_CURRENT_LIST_DIR}/live_whole.c)
target_link_libraries(live_whole PRIVATE ew_live)
foreach(name ipv6 unobserved)
  add_test(NAME live/whole-${name} COMMAND live_whole ${name} ${CMAKE_SOURCE_DIR}/lessons/experiments)
  set_tests_properties(live/whole-${name} PROPERTIES LABELS live TIMEOUT 1200 SKIP_RETURN_CODE 77)
endforeach()

# The wire alone, without the runner.
add_executable(live_wire ${CMAKE_CURRENT_LIST_DIR}/live_wire.c)
target_link_libraries(live_wire PRIVATE ew_live)
foreach(name
    words        # names of kinds of frames
    pass         # IPv4 and IPv6, bytes as they were
    step         # FIN_WAIT1, FIN_WAIT2, TIME_WAIT frame by frame
    closing      # both FINs at once
    drop         # twice, and for good
    drop-held    # what is held already
    double
    link         # nothing arrives, and arrives again later
    slow         # nothing is sent again meanwhile
    address      # of a host is taken away
    abandon)     # an orphan keeps its namespace, and is reset from the wire
  add_test(NAME live/wire-${name} COMMAND live_wire ${name})
  add_test(NAME live/wire-${name}-plain-user COMMAND live_wire ${name} plain-user)
  set_tests_properties(live/wire-${name} live/wire-${name}-plain-user
    PROPERTIES LABELS live TIMEOUT 60 SKIP_RETURN_CODE 77)
endforeach()

# What watching takes, which only a machine that does nothing else can say.
add_custom_target(bench-observers COMMAND live_whole cost ${CMAKE_SOURCE_DIR}/lessons/experiments USES_TERMINAL)

# What the observers say against what ss and tcpdump say of the same runs.
add_executable(live_cross ${CMAKE_CURRENT_LIST_DIR}/live_cross.c ${CMAKE_CURRENT_LIST_DIR}/others.c)
target_link_libraries(live_cross PRIVATE ew_live)
add_test(NAME live/cross-check COMMAND live_cross ${CMAKE_SOURCE_DIR}/lessons/experiments)
set_tests_properties(live/cross-check PROPERTIES LABELS live TIMEOUT 300 SKIP_RETURN_CODE 77)

# Machines and files on which it cannot go as it should.
add_executable(live_bad ${CMAKE_CURRENT_LIST_DIR}/live_bad.c)
target_link_libraries(live_bad PRIVATE ew_live)
foreach(name
    steps       # that fail, hang, or mean nothing
    vain        # what they wait for does not come
    unsupported # by the kernel, or by no kernel
    leave       # a host, at the wrong moment
    bound       # a step that blocks for ever after the kill
    seccomp     # unshare() is forbidden
    seccomp-absent seccomp-setns seccomp-diag # answered as if the kernel had it not
    stillborn   # actors that die at once
    no-fork
    no-proc)
  add_test(NAME live/bad-${name} COMMAND live_bad ${name})
  set_tests_properties(live/bad-${name} PROPERTIES LABELS live TIMEOUT 60 SKIP_RETURN_CODE 77)
endforeach()
add_test(NAME live/hand COMMAND ${CMAKE_CURRENT_LIST_DIR}/hand.sh $<TARGET_FILE:exitwalk>)
set_tests_properties(live/hand PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)

add_test(NAME live/bad COMMAND ${CMAKE_CURRENT_LIST_DIR}/bad.sh $<TARGET_FILE:exitwalk>)
set_tests_properties(live/bad PROPERTIES LABELS live TIMEOUT 300 SKIP_RETURN_CODE 77)

add_test(NAME live/swept COMMAND ${CMAKE_CURRENT_LIST_DIR}/swept.sh $<TARGET_FILE:exitwalk>)
set_tests_properties(live/swept PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)

# All experiments twenty times, by hand: which differ, which are skipped and why, which is the slowest.
add_custom_target(live-all COMMAND exitwalk live --all --repeat 20 USES_TERMINAL)

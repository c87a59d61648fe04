# sockets: real sockets in namespaces of the tests' own. Where those are forbidden each is skipped with the reason.
add_library(sockets_stage STATIC ${CMAKE_CURRENT_LIST_DIR}/stage.c)
target_link_libraries(sockets_stage PUBLIC ${below})
add_executable(sockets_look ${CMAKE_CURRENT_LIST_DIR}/sockets_look.c)
target_link_libraries(sockets_look PRIVATE sockets_stage)
foreach(name
    states states6 # every state that loopback can be made to show, and whose turn it is
    handshakes     # a full accept queue, a connection request, LAST_ACK
    age            # the bounds of the time in CLOSE_WAIT
    holders        # several, twice, in flight
    threads        # tables of descriptors that threads share, and do not
    io-uring       # a registered file
    churn          # while processes and sockets come and go
    netns netns-refused
    plain-states plain-states6 plain-handshakes plain-holders plain-threads plain-churn plain-netns plain-outside-netns)
  add_test(NAME sockets/${name} COMMAND sockets_look ${name})
  set_tests_properties(sockets/${name} PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()
add_executable(sockets_drop ${CMAKE_CURRENT_LIST_DIR}/sockets_drop.c)
target_link_libraries(sockets_drop PRIVATE sockets_stage)
foreach(name
    established closing # and what both sides see
    listener            # one of several on a port
    early               # what no program has yet
    timewait forbidden
    fin fin-forbidden
    command             # what it refuses, and what it does
    ask                 # on a terminal
    watch               # sockets --watch
    no-proc             # nothing at /proc
    plain-established plain-closing plain-listener plain-early plain-timewait plain-forbidden plain-fin
    plain-fin-forbidden plain-command plain-ask plain-watch plain-no-proc)
  add_test(NAME sockets/drop-${name} COMMAND sockets_drop ${name} $<TARGET_FILE:exitwalk>)
  set_tests_properties(sockets/drop-${name} PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()
add_executable(sockets_dump ${CMAKE_CURRENT_LIST_DIR}/sockets_dump.c)
target_link_libraries(sockets_dump PRIVATE sockets_stage)
foreach(name
    packets packets6 mapped # each once, in tcpdump's words, with the states between
    command limits          # what it refuses; --count, --for, Ctrl-C, kill
    forbidden outside       # no CAP_NET_RAW; a user's own namespace, from outside
    plain-packets plain-packets6 plain-mapped plain-command plain-limits plain-forbidden plain-outside)
  add_test(NAME sockets/dump-${name} COMMAND sockets_dump ${name} $<TARGET_FILE:exitwalk>)
  set_tests_properties(sockets/dump-${name} PROPERTIES LABELS live TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()

# bench: "cmake --build --preset dev --target bench" measures the floors of speed and memory on a real kernel.
set(bench ${CMAKE_CURRENT_LIST_DIR})
add_library(bench_measure STATIC ${bench}/measure.c ${bench}/family.c ${bench}/cache.c ${bench}/commands.c)
target_link_libraries(bench_measure PUBLIC ew_options)
foreach(name compile query resolve)
  add_executable(bench_${name} ${bench}/${name}.c)
  target_link_libraries(bench_${name} PRIVATE bench_measure ${below})
endforeach()
target_sources(bench_query PRIVATE ${bench}/ask.c)
add_custom_target(bench
  COMMAND ${bench}/bench.sh ${CMAKE_BINARY_DIR} ${EW_LLVM_PREFIX}/bin/clang
  DEPENDS exitwalk exitwalk-index bench_compile bench_query bench_resolve
  USES_TERMINAL VERBATIM)

# bench-peers: the same against other tools, and how cost grows; hours. bench-record: its figures into the README.
add_executable(bench_peer ${bench}/peer.c ${bench}/lsp.c)
target_link_libraries(bench_peer PRIVATE bench_measure PkgConfig::JSON)
add_custom_target(bench-peers
  COMMAND ${bench}/peers.sh ${CMAKE_BINARY_DIR} ${EW_LLVM_PREFIX}/bin/clang
  DEPENDS exitwalk exitwalk-index bench_peer
  USES_TERMINAL VERBATIM)
add_custom_target(bench-record
  COMMAND ${bench}/report.sh ${CMAKE_BINARY_DIR}/bench/peers.tsv ${bench}/results ${CMAKE_SOURCE_DIR}/README.md
  USES_TERMINAL VERBATIM)
add_test(NAME bench/report COMMAND ${bench}/report-test.sh)
set_tests_properties(bench/report PROPERTIES LABELS unit TIMEOUT 60)

# bench-sockets: 20,000 sockets and who has them, by turns with ss; as root, not in CI.
add_executable(bench_sockets ${bench}/sockets.c)
target_link_libraries(bench_sockets PRIVATE ew_options)
add_custom_target(bench-sockets
  COMMAND bench_sockets $<TARGET_FILE:exitwalk>
  DEPENDS exitwalk bench_sockets
  USES_TERMINAL VERBATIM)

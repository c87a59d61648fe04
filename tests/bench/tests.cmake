# bench: "cmake --build --preset dev --target bench" measures the floors of speed and memory on a real kernel.
foreach(name compile query)
  add_executable(bench_${name} ${CMAKE_CURRENT_LIST_DIR}/${name}.c ${CMAKE_CURRENT_LIST_DIR}/measure.c)
  target_link_libraries(bench_${name} PRIVATE ${below})
endforeach()
add_custom_target(bench
  COMMAND ${CMAKE_CURRENT_LIST_DIR}/bench.sh ${CMAKE_BINARY_DIR} ${EW_LLVM_PREFIX}/bin/clang
  DEPENDS exitwalk exitwalk-index bench_compile bench_query
  USES_TERMINAL VERBATIM)

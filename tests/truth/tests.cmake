# truth: are the facts behind precompiled prefixes those without? "truth-prefix" compares a whole kernel
# (both cores for half an hour); what can be set is told in truth.sh:
#	EW_TRUTH_KEEP=1 cmake --build --preset dev --target truth-prefix
set(truth ${CMAKE_CURRENT_SOURCE_DIR}/truth)
add_custom_target(truth-prefix
  COMMAND ${truth}/truth.sh $<TARGET_FILE:exitwalk> ${CMAKE_BINARY_DIR}/truth ${truth}/whole-classes
  DEPENDS exitwalk exitwalk-index
  USES_TERMINAL VERBATIM)

add_executable(truth_columns truth/test_columns.c)
target_link_libraries(truth_columns PRIVATE ${below})
target_compile_definitions(truth_columns PRIVATE EW_TEST_DIR="${CMAKE_CURRENT_SOURCE_DIR}")
add_test(NAME truth/columns COMMAND truth_columns --tap)
set_tests_properties(truth/columns PROPERTIES LABELS unit TIMEOUT 300)

# The fixtures must be the same; the tree of macros differs in what tree-classes says, and in all of that.
function(add_truth_test name tree classes)
  add_test(NAME truth/${name} COMMAND ${truth}/truth.sh $<TARGET_FILE:exitwalk>
    ${CMAKE_CURRENT_BINARY_DIR}/truth-${name} ${truth}/${classes})
  set_tests_properties(truth/${name} PROPERTIES LABELS golden TIMEOUT 120
    FAIL_REGULAR_EXPRESSION "no line any more;\\(0 behind.*\\(0 behind"
    ENVIRONMENT "EW_TRUTH_TREE=${tree};EW_TRUTH_CONFIG=;EW_TRUTH_SCOPE=all;EW_TRUTH_JOBS=1")
endfunction()
add_truth_test(rel-a ${CMAKE_CURRENT_SOURCE_DIR}/fixtures/rel-a prefix-classes)
add_truth_test(rel-b ${CMAKE_CURRENT_SOURCE_DIR}/fixtures/rel-b prefix-classes)
add_truth_test(macros ${truth}/tree tree-classes)

# Real units that define macros before they include: a few minutes.
file(STRINGS ${truth}/difficult units REGEX "^[^#]")
list(JOIN units " " units)
add_test(NAME truth/kernel COMMAND ${truth}/truth.sh $<TARGET_FILE:exitwalk>
  ${CMAKE_BINARY_DIR}/kernel/truth)
set_tests_properties(truth/kernel PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 3600
  RUN_SERIAL ON ENVIRONMENT "EW_TRUTH_TREE=6.1;EW_TRUTH_CONFIG=defconfig;EW_TRUTH_SCOPE=${units}")

# truth-ir: are the direct edges the calls in the compiler's unoptimised code? Of 6.1's core scope (ten
# minutes of two cores); what can be set is told in ir.sh:
#	EW_IR_TREE=6.12 cmake --build --preset dev --target truth-ir
add_executable(truth_ir_unit truth/ir_unit.c truth/ir_line.c truth/ir_blocks.c)
target_link_libraries(truth_ir_unit PRIVATE ew_options)
add_executable(truth_ir_compare truth/ir_compare.c truth/ir_model.c)
target_link_libraries(truth_ir_compare PRIVATE ew_options)
set(ir ${truth}/ir.sh $<TARGET_FILE:exitwalk> ${EW_LLVM_PREFIX}/bin/clang $<TARGET_FILE_DIR:truth_ir_unit>)
add_custom_target(truth-ir
  COMMAND ${ir} ${CMAKE_BINARY_DIR}/truth-ir
  DEPENDS exitwalk exitwalk-index truth_ir_unit truth_ir_compare
  USES_TERMINAL VERBATIM)

foreach(release rel-a rel-b)
  add_test(NAME truth/ir/${release} COMMAND ${ir} ${CMAKE_CURRENT_BINARY_DIR}/truth-ir-${release})
  set_tests_properties(truth/ir/${release} PROPERTIES LABELS golden SKIP_RETURN_CODE 77 TIMEOUT 120
    PASS_REGULAR_EXPRESSION "recall 100.000 %.*precision 100.000 %.*all is explained" ENVIRONMENT
    "EW_IR_TREE=${CMAKE_CURRENT_SOURCE_DIR}/fixtures/${release};EW_IR_CONFIG=;EW_IR_SCOPE=all;EW_IR_JOBS=1")
endforeach()

# Forms of calls, where the numbers of sites must be the same, too.
add_test(NAME truth/ir/forms COMMAND ${ir} ${CMAKE_CURRENT_BINARY_DIR}/truth-ir-forms)
set_tests_properties(truth/ir/forms PROPERTIES LABELS golden SKIP_RETURN_CODE 77 TIMEOUT 120
  PASS_REGULAR_EXPRESSION "recall 100.000 %.*precision 100.000 %.*sides, 0 with fewer in the index, 0 with more.*all is explained"
  ENVIRONMENT "EW_IR_TREE=${truth}/code;EW_IR_CONFIG=;EW_IR_SCOPE=all;EW_IR_JOBS=1")

# A few real units.
add_test(NAME truth/ir/kernel COMMAND ${ir} ${CMAKE_BINARY_DIR}/kernel/truth-ir)
set_tests_properties(truth/ir/kernel PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 600 RUN_SERIAL ON
  ENVIRONMENT "EW_IR_TREE=6.1;EW_IR_CONFIG=debian;EW_IR_SCOPE=fs/eventfd.c fs/eventpoll.c net/ipv4/udp.c")

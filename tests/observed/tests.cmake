# observed: what a running kernel called while it ended killed processes, against the index of the same release.
# "observed-6.1" and "observed-6.12" run the kernel and write the table anew (ten minutes; see observed/README.md).
set(observed ${CMAKE_CURRENT_LIST_DIR})
add_executable(observed_guest EXCLUDE_FROM_ALL
  ${observed}/guest.c ${observed}/pairs.c ${observed}/victims.c ${observed}/others.c)
target_compile_definitions(observed_guest PRIVATE _GNU_SOURCE)
target_compile_options(observed_guest PRIVATE -Wall -Wextra -Wshadow -Wstrict-prototypes -Wno-missing-field-initializers)
target_link_options(observed_guest PRIVATE -static -pthread)

foreach(release 6.1 6.12)
  add_custom_target(observed-${release}
    COMMAND ${observed}/run.sh $<TARGET_FILE:exitwalk> $<TARGET_FILE:observed_guest> ${CMAKE_BINARY_DIR}/observed ${release}
    DEPENDS exitwalk exitwalk-index observed_guest
    USES_TERMINAL VERBATIM)
  foreach(what calls ways)
    add_test(NAME observed/${release}/${what}
      COMMAND ${observed}/check.sh $<TARGET_FILE:exitwalk> ${CMAKE_BINARY_DIR}/kernel ${release} ${what})
    set_tests_properties(observed/${release}/${what} PROPERTIES
      LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300 FIXTURES_REQUIRED kernel-${release})
  endforeach()
endforeach()
add_test(NAME observed/selftest COMMAND ${observed}/selftest.sh)
set_tests_properties(observed/selftest PROPERTIES LABELS unit TIMEOUT 60)

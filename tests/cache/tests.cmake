# A cache on a file system that is full, or read-only. Needs a user and mount namespace: exit 77 is a skip.
add_executable(test_cache cache/test_cache.c)
target_link_libraries(test_cache PRIVATE ${below})
add_test(NAME unit/cache-file-system COMMAND test_cache --tap)
set_tests_properties(unit/cache-file-system PROPERTIES LABELS unit SKIP_RETURN_CODE 77 TIMEOUT 60)

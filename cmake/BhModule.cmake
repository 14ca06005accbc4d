# bh_module(NAME SOURCES .. HEADERS .. USES .. [PRIVATE_USES ..])
#   One library `bh_NAME`. USES names the modules it may include; an edge outside the table in
#   cmake/layers.cmake stops the configure. PRIVATE_USES names third-party targets (Z3, Clang, ...).
# bh_test(NAME SOURCES .. USES ..)  one GoogleTest program, registered with CTest.
include(${CMAKE_CURRENT_LIST_DIR}/layers.cmake)

function(bh_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;HEADERS;USES;PRIVATE_USES" ${ARGN})
  if(NOT DEFINED BH_LAYER_${name})
    message(FATAL_ERROR "module '${name}' has no row in cmake/layers.cmake")
  endif()
  foreach(used IN LISTS arg_USES)
    if(NOT used IN_LIST BH_LAYER_${name})
      message(FATAL_ERROR
        "module '${name}' may not use '${used}': cmake/layers.cmake allows it [${BH_LAYER_${name}}]")
    endif()
  endforeach()
  add_library(bh_${name} STATIC ${arg_SOURCES})
  target_sources(bh_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  target_include_directories(bh_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  list(TRANSFORM arg_USES PREPEND bh_)
  target_link_libraries(bh_${name}
    PUBLIC ${arg_USES} fmt::fmt tl::expected PRIVATE bh_warnings ${arg_PRIVATE_USES})
endfunction()

function(bh_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_USES} bh_warnings GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    BH_SOURCE_DIR="${PROJECT_SOURCE_DIR}" BH_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  # Property tests repeat: the same cases on every run of the suite.
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "RC_PARAMS=seed=20220601")
endfunction()

# Stops the configure when an #include crosses a layer or a fence, and again as a test.
function(bh_check_layers)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake
    RESULT_VARIABLE failed ERROR_VARIABLE text)
  if(failed)
    message(FATAL_ERROR "layer check failed:\n${text}")
  endif()
  add_test(NAME layers COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
    -P ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake)
  add_test(NAME layers_catch_violations COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
    -DSCRATCH=${PROJECT_BINARY_DIR}/layer_check -P ${PROJECT_SOURCE_DIR}/tests/lint/check_layers_test.cmake)
endfunction()

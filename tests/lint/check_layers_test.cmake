# The layer check must fail on each seeded violation and pass on the same tree without it.
cmake_minimum_required(VERSION 3.25)

function(run_check expected what)
  execute_process(COMMAND ${CMAKE_COMMAND} -DROOT=${SCRATCH} -P ${ROOT}/cmake/check_layers.cmake
    RESULT_VARIABLE result ERROR_VARIABLE text OUTPUT_VARIABLE text)
  if(expected STREQUAL "pass" AND NOT result EQUAL 0)
    message(FATAL_ERROR "${what}: expected to pass, got:\n${text}")
  elseif(expected STREQUAL "fail" AND result EQUAL 0)
    message(FATAL_ERROR "${what}: the violation was not caught")
  endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
file(WRITE ${SCRATCH}/lang/parser.cpp "#include \"lang/parser.h\"\n#include \"core/model/model.h\"\n")
file(WRITE ${SCRATCH}/solver/smt/z3_solver.cpp "#include <z3++.h>\n")
file(WRITE ${SCRATCH}/targets/microkernel/arch/aarch64/machine.h "inline void wait() { asm (\"wfi\"); }\n")
run_check(pass "a clean tree")

foreach(seed IN ITEMS
    "lang/bad.cpp|#include \"solver/smt/expr.h\""
    "core/bad.cpp|#include \"lang/parser.h\""
    "solver/queries/bad.cpp|#include <z3++.h>"
    "analyzer/bad.cpp|#include <clang/AST/Decl.h>"
    "targets/microkernel/bad.cpp|#include \"core/model/model.h\""
    "driver/bad.cpp|#include <CLI/CLI.hpp>"
    "targets/selinux/bad.h|#  include <sepol/sepol.h>"
    "targets/microkernel/kernel/bad.h|#include \"targets/microkernel/arch/aarch64/machine.h\""
    "targets/microkernel/boot/bad.cpp|void f() { asm volatile(\"wfi\"); }"
    "targets/microkernel/kernel/bad.cpp|// closed to EL0"
    "targets/microkernel/user/bad.cpp|constexpr int ESR_CLASS = 26")
  string(REPLACE "|" ";" parts "${seed}")
  list(GET parts 0 path)
  list(GET parts 1 text)
  file(WRITE ${SCRATCH}/${path} "${text}\n")
  run_check(fail "${path}")
  file(REMOVE ${SCRATCH}/${path})
endforeach()

# cmake -DROOT=<source tree> -P check_names.cmake
# Two types of one name in namespace bh would be one type to the linker, whatever their members: undefined
# behaviour that no compiler reports (the one-definition rule). Types that a single .cpp needs belong into its
# anonymous namespace; all others must differ in name.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files RELATIVE ${ROOT}
  ${ROOT}/core/*.h ${ROOT}/core/*.cpp ${ROOT}/lang/*.h ${ROOT}/lang/*.cpp ${ROOT}/solver/*.h ${ROOT}/solver/*.cpp
  ${ROOT}/analyzer/*.h ${ROOT}/analyzer/*.cpp ${ROOT}/targets/table/*.h ${ROOT}/targets/table/*.cpp
  ${ROOT}/targets/monitor/*.h ${ROOT}/targets/monitor/*.cpp ${ROOT}/targets/selinux/*.h
  ${ROOT}/targets/selinux/*.cpp ${ROOT}/driver/*.h ${ROOT}/driver/*.cpp)
foreach(file IN LISTS files)
  if(file MATCHES "_test\\.cpp$|test_|/testdata/")
    continue()
  endif()
  set(space "")
  set(hidden FALSE)
  file(STRINGS ${ROOT}/${file} lines REGEX "^(namespace|} *// *namespace|struct|class|enum class) ?")
  foreach(line IN LISTS lines)
    if(line MATCHES "^namespace {")
      set(hidden TRUE)
    elseif(line MATCHES "^namespace ([A-Za-z0-9_:]+)")
      string(APPEND space "::${CMAKE_MATCH_1}")
    elseif(line MATCHES "^} *// *namespace$")
      set(hidden FALSE)
    elseif(NOT hidden AND line MATCHES "^(struct|class|enum class) ([A-Za-z0-9_]+)[^;]*{")
      set(name "${space}::${CMAKE_MATCH_2}")
      if(DEFINED "defined_${name}")
        message(SEND_ERROR "${name} is defined in ${file} and in ${defined_${name}}")
      else()
        set("defined_${name}" ${file})
      endif()
    endif()
  endforeach()
endforeach()

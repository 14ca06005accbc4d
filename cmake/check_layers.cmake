# cmake -DROOT=<source tree> -P check_layers.cmake
# Checks every #include of our own sources against cmake/layers.cmake, and that the microkernel names architectures
# in arch/ alone. Prints each violation; fails if any.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/layers.cmake)

set(violations "")
set(folders_longest_first ${BH_FOLDERS})
list(SORT folders_longest_first ORDER DESCENDING)

function(folder_of path out)
  set(best "")
  foreach(folder IN LISTS folders_longest_first)
    string(FIND "${path}/" "${folder}/" at)
    string(LENGTH "${folder}" length)
    string(LENGTH "${best}" best_length)
    if(at EQUAL 0 AND length GREATER best_length)
      set(best ${folder})
    endif()
  endforeach()
  set(${out} "${best}" PARENT_SCOPE)
endfunction()

file(GLOB_RECURSE files RELATIVE ${ROOT}
  ${ROOT}/core/*.h ${ROOT}/core/*.cpp ${ROOT}/lang/*.h ${ROOT}/lang/*.cpp
  ${ROOT}/solver/*.h ${ROOT}/solver/*.cpp ${ROOT}/analyzer/*.h ${ROOT}/analyzer/*.cpp
  ${ROOT}/targets/*.h ${ROOT}/targets/*.cpp ${ROOT}/driver/*.h ${ROOT}/driver/*.cpp
  ${ROOT}/tests/*.h ${ROOT}/tests/*.cpp)
foreach(file IN LISTS files)
  folder_of(${file} from)
  if(from STREQUAL "")
    continue()
  endif()
  file(STRINGS ${ROOT}/${file} lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "include[ \t]*[<\"]([^>\"]+)[>\"]")
      continue()
    endif()
    set(header ${CMAKE_MATCH_1})
    foreach(fence IN LISTS BH_FENCES)
      if(header MATCHES "${BH_FENCE_${fence}_HEADER}" AND NOT file MATCHES "${BH_FENCE_${fence}_FILES}")
        string(APPEND violations "  ${file}: <${header}> is fenced to ${BH_FENCE_${fence}_FILES}\n")
      endif()
    endforeach()
    folder_of(${header} to)
    if(NOT to STREQUAL "" AND NOT to IN_LIST BH_MAY_INCLUDE_${from})
      string(APPEND violations "  ${file}: \"${header}\" crosses from ${from} to ${to}\n")
    endif()
  endforeach()
endforeach()

foreach(file IN LISTS files)
  if(NOT file MATCHES "^${BH_ARCHITECTURE_FOLDER}/" OR file MATCHES "^${BH_ARCHITECTURE_FOLDER}/arch/")
    continue()
  endif()
  file(STRINGS ${ROOT}/${file} lines REGEX "${BH_ARCHITECTURE}")
  foreach(line IN LISTS lines)
    string(APPEND violations "  ${file} names an architecture: ${line}\n")
  endforeach()
endforeach()

if(violations)
  message(FATAL_ERROR "what crosses a layer, a fence or the seam of architectures:\n${violations}")
endif()

# Language level, warnings and build-wide choices. Warnings are errors when BH_WERROR is on (all presets).
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
option(BH_WERROR "treat warnings as errors" ON)
option(BH_FUZZ "build the libFuzzer targets (needs clang)" OFF)
option(BH_SANITIZE "build with address and undefined-behaviour sanitizers" OFF)

find_program(BH_CCACHE ccache)
if(BH_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${BH_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BH_CCACHE})
endif()

add_library(bh_warnings INTERFACE)
target_compile_options(bh_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wswitch-enum -Wimplicit-fallthrough
  # g++ 12 reports overlapping copies inside std::string's operator+ that cannot happen (GCC bug 105329).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  # clang++ sees that libstdc++ 12's own stable_sort calls what C++17 deprecated.
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
  # With sanitizers g++ no longer sees that BH_CHECK(false) ends a function.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${BH_SANITIZE}>>:-Wno-return-type>
  $<$<BOOL:${BH_WERROR}>:-Werror>)
if(BH_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(BH_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

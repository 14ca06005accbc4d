# The only find_package calls. Each library is used through the one target named here, and only by the
# modules that docs/dependencies.md lists for it.
find_package(fmt 9 REQUIRED)
find_package(tl-expected 1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(GTest 1.12 REQUIRED)
find_package(benchmark 1.7 REQUIRED)
find_package(Threads REQUIRED)

find_path(BH_RAPIDCHECK_INCLUDE rapidcheck.h REQUIRED)
find_library(BH_RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
add_library(bh_rapidcheck INTERFACE)
target_include_directories(bh_rapidcheck SYSTEM INTERFACE ${BH_RAPIDCHECK_INCLUDE})
target_link_libraries(bh_rapidcheck INTERFACE ${BH_RAPIDCHECK_LIBRARY})

find_path(BH_Z3_INCLUDE z3++.h REQUIRED)
find_library(BH_Z3_LIBRARY z3 REQUIRED)
add_library(bh_z3 INTERFACE)
target_include_directories(bh_z3 SYSTEM INTERFACE ${BH_Z3_INCLUDE})
target_link_libraries(bh_z3 INTERFACE ${BH_Z3_LIBRARY})

find_path(BH_SEPOL_INCLUDE sepol/sepol.h REQUIRED)
find_library(BH_SEPOL_LIBRARY sepol REQUIRED)
add_library(bh_sepol INTERFACE)
target_include_directories(bh_sepol SYSTEM INTERFACE ${BH_SEPOL_INCLUDE})
target_link_libraries(bh_sepol INTERFACE ${BH_SEPOL_LIBRARY})

find_package(SQLite3 3.40 REQUIRED)

find_path(BH_LEMON_INCLUDE lemon/preflow.h REQUIRED)
find_library(BH_LEMON_LIBRARY lemon REQUIRED)
add_library(bh_lemon INTERFACE)
target_include_directories(bh_lemon SYSTEM INTERFACE ${BH_LEMON_INCLUDE})
target_link_libraries(bh_lemon INTERFACE ${BH_LEMON_LIBRARY})

# A bare find_package(Clang) picks an older Clang where its dev files are installed; hence the fixed root.
set(BH_LLVM_ROOT /usr/lib/llvm-19 CACHE PATH "root of the LLVM 19 installation")
find_package(LLVM 19.1 REQUIRED CONFIG PATHS ${BH_LLVM_ROOT}/lib/cmake/llvm NO_DEFAULT_PATH)
find_package(Clang REQUIRED CONFIG PATHS ${BH_LLVM_ROOT}/lib/cmake/clang NO_DEFAULT_PATH)
separate_arguments(BH_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_library(bh_clang INTERFACE)
target_include_directories(bh_clang SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
target_compile_definitions(bh_clang INTERFACE BH_CLANG_RESOURCE_DIR="${BH_LLVM_ROOT}/lib/clang/19")
target_compile_options(bh_clang INTERFACE ${BH_LLVM_DEFINITIONS})
target_link_libraries(bh_clang INTERFACE clang-cpp LLVM Threads::Threads)

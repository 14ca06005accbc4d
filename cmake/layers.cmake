# Who may use whom: the one table. core <- lang | solver | analyzer | targets <- driver; siblings never meet.
# Read by bh_module (link edges) and by check_layers.cmake (include edges).
set(BH_LAYER_core "")
set(BH_LAYER_lang core)
set(BH_LAYER_solver core)
set(BH_LAYER_analyzer core)
set(BH_LAYER_clang core analyzer)
set(BH_LAYER_kernel_logic "")
set(BH_LAYER_kernel_testing kernel_logic image)
set(BH_LAYER_table core)
set(BH_LAYER_image core)
set(BH_LAYER_monitor core table)
set(BH_LAYER_selinux core)
set(BH_LAYER_driver core lang solver analyzer table image monitor selinux)

# Folder (longest prefix wins) -> folders whose headers it may include.
set(BH_FOLDERS core lang solver analyzer targets/table targets/image targets/monitor targets/selinux
  targets/microkernel/abi targets/microkernel/user targets/microkernel/testing targets/microkernel driver tests)
set(BH_MAY_INCLUDE_core core)
set(BH_MAY_INCLUDE_lang core lang)
set(BH_MAY_INCLUDE_solver core solver)
set(BH_MAY_INCLUDE_analyzer core analyzer)
set(BH_MAY_INCLUDE_targets/table core targets/table targets/microkernel/abi)
set(BH_MAY_INCLUDE_targets/image core targets/image targets/microkernel/abi)
set(BH_MAY_INCLUDE_targets/monitor core targets/table targets/monitor targets/microkernel/abi)
set(BH_MAY_INCLUDE_targets/selinux core targets/selinux)
set(BH_MAY_INCLUDE_targets/microkernel/abi targets/microkernel/abi)
# `testing` is for the tests beside the sources.
set(BH_MAY_INCLUDE_targets/microkernel targets/microkernel targets/microkernel/abi
  targets/microkernel/testing)
set(BH_MAY_INCLUDE_targets/microkernel/testing targets/image targets/microkernel
  targets/microkernel/abi targets/microkernel/testing)
set(BH_MAY_INCLUDE_targets/microkernel/user targets/microkernel targets/microkernel/abi
  targets/microkernel/user)
set(BH_MAY_INCLUDE_driver core lang solver analyzer targets/table targets/image targets/monitor targets/selinux
  targets/microkernel/abi targets/microkernel/user driver)
set(BH_MAY_INCLUDE_tests core lang solver analyzer targets/table targets/image targets/monitor targets/selinux
  targets/microkernel/abi targets/microkernel/user targets/microkernel/testing targets/microkernel driver tests)

# What only the folders of targets/microkernel/arch may name.
set(BH_ARCHITECTURE "aarch64|arm64|riscv|x86_64|cortex|PL011|GICv|TTBR|ESR_|EL[01]([^A-Za-z0-9]|$)|(^|[^a-z_])(asm|__asm__)( volatile)?[(](\"[^\"]|$)")
set(BH_ARCHITECTURE_FOLDER "targets/microkernel")

# Fences: third-party headers (regex) -> files that may include them (regex on the path).
set(BH_FENCES Z3 CLANG CLI SEPOL SQLITE LEMON)
set(BH_FENCE_Z3_HEADER "^z3")
set(BH_FENCE_Z3_FILES "^solver/smt/z3_")
set(BH_FENCE_CLANG_HEADER "^(clang|llvm|clang-c|llvm-c)/")
set(BH_FENCE_CLANG_FILES "^analyzer/clang_")
set(BH_FENCE_CLI_HEADER "^CLI/")
set(BH_FENCE_CLI_FILES "^driver/cli/")
set(BH_FENCE_SEPOL_HEADER "^sepol/")
set(BH_FENCE_SEPOL_FILES "^(targets|tests)/selinux/sepol_")
set(BH_FENCE_SQLITE_HEADER "^sqlite3")
set(BH_FENCE_SQLITE_FILES "^driver/pipeline/facts_database")
set(BH_FENCE_LEMON_HEADER "^lemon/")
set(BH_FENCE_LEMON_FILES "^analyzer/min_cut")

// Files -> an SELinux policy: the first step of every command that is asked about one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/origins.h"
#include "targets/selinux/policy.h"
#include "targets/selinux/sepol_policy.h"

namespace bh {

// Whether the argument is an SELinux policy, not one of Bulkhead's: a compiled policy (by its first
// bytes), a .cil, .pp or .pp.bz2 file, or a directory that holds .cil, .pp or .pp.bz2 files and no
// .bh file.
bool is_selinux_policy(const std::string& argument);

// One compiled policy; or CIL texts and module packages, linked together, from files and
// directories (sorted by name). Fails when one cannot be read, there is none, or they do not form a
// policy. `origins`, where asked for, gets where the modules say what; it stays empty for a
// compiled policy.
Result<selinux::Policy> load_selinux(const std::vector<std::string>& arguments,
                                     selinux::Origins* origins = nullptr);

// One module as CIL: a .cil file, or a module package (.pp, .pp.bz2) converted.
Result<selinux::CilText> read_selinux_module(const std::filesystem::path& path);

}  // namespace bh

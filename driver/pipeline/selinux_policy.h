// Files -> an SELinux policy: the first step of every command that is asked about one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/load.h"
#include "targets/selinux/origins.h"
#include "targets/selinux/policy.h"
#include "targets/selinux/sepol_policy.h"

namespace bh {

inline constexpr FileKind SelinuxModules{"policy module (*.cil, *.pp, *.pp.bz2)",
                                         {".cil", ".pp", ".pp.bz2"}};

// Whether the argument is an SELinux policy, not one of Bulkhead's: a compiled policy (by its first
// bytes), a .cil, .pp or .pp.bz2 file, or a directory that holds such modules and no .bh file. Of
// one that is not on disk but REF:PATH, what PATH is in that commit.
bool is_selinux_policy(const std::string& argument);

// One compiled policy; or CIL texts and module packages, linked together. Fails when one cannot be
// read, there is none, or they do not form a policy. `origins`, where asked for, gets where the
// modules say what; it stays empty for a compiled policy.
Result<selinux::Policy> load_selinux(const PolicySource& source,
                                     selinux::Origins* origins = nullptr);

// The same, of files and directories on disk, as in policy_files().
Result<selinux::Policy> load_selinux(const std::vector<std::string>& arguments,
                                     selinux::Origins* origins = nullptr);

// One module as CIL: a .cil file, or a module package (.pp, .pp.bz2) converted.
Result<selinux::CilText> read_selinux_module(const std::filesystem::path& path);

}  // namespace bh

// What a module is to say: a policy, in all settings of its variants, in SELinux's terms. The CIL
// text is written from it (emit.h), and what is read back from the compiled policy is compared with
// it (facts.h).
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/selinux/approximations.h"
#include "targets/selinux/cells.h"
#include "targets/selinux/facts.h"
#include "targets/selinux/names.h"
#include "targets/selinux/settings.h"

namespace bh {

struct SelinuxPlan {
  // A permission, where it holds and the statements that make it so.
  struct Access {
    TeFact fact;
    SettingSet where;
    std::vector<std::string> reasons;  // no duplicates
  };
  // Who starts a program of this type becomes a process of that type.
  struct Start {
    std::string starter;
    std::string program;
    std::string process;
    SettingSet where;
    std::vector<std::string> reasons;  // no duplicates
  };
  // A process of the first role becomes one of the second by starting the program.
  struct RoleChange {
    std::string from;
    std::string to;
    std::string program;
    auto operator<=>(const RoleChange&) const = default;
  };
  struct FileContext {
    std::string path;  // a regular expression
    bool only_files = false;
    std::string type;
  };

  SelinuxNames names;
  SelinuxSettings settings;
  std::vector<std::vector<Cell>> cells;  // by setting
  std::vector<Access> granted;           // no fact twice, in the order of the policy
  std::vector<Access> forbidden;         // in every setting
  std::vector<Start> starts;             // no two of one starter and program
  std::set<RoleChange> role_changes;
  std::vector<FileContext> contexts;  // no two of one path
  std::vector<Weakened> approximations;
};

// `settings` is the policy in each combination of the variants that are to be booleans, the
// standard one first. Nothing when the policy has an error for this target (BH6050 to BH6060,
// BH6067 to BH6069), which the sink then holds.
std::optional<SelinuxPlan> plan_selinux(std::span<const CheckedModel> settings,
                                        DiagnosticSink& sink);

SelinuxFacts facts_of(const SelinuxPlan& plan, const Model& model);
SelinuxScope scope_of(const SelinuxPlan& plan, const Model& model);

}  // namespace bh

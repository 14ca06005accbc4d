// One request to an SELinux policy: granted or refused, and why.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/policy.h"

namespace bh {

struct SelinuxAnswer {
  std::string request;  // as it was understood
  bool granted = false;
  bool permissive = false;           // and nothing is enforced for the source
  std::vector<std::string> reasons;  // the rules, or why it is refused: "no rule", "levels: .."
};

// `request` is one of
//   ntpd_t -> shadow_t.file.read              types: type enforcement alone
//   U:R:T:L -> U:R:T:L.file.{read, open}      contexts: the whole decision, as the kernel makes it
//   avc: denied { read } .. scontext=.. tcontext=.. tclass=..    a line of the log
// for the values that the booleans start with. Fails when it is none of these, or names what the
// policy does not have.
Result<SelinuxAnswer> explain_selinux(const selinux::Policy& policy, const std::string& request);

std::string print_answer(const SelinuxAnswer& answer);
std::string answer_json(const SelinuxAnswer& answer);

}  // namespace bh

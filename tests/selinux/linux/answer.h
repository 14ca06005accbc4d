// What the kernel is to answer when it is asked, by our own reading of the policy.
#pragma once

#include <fmt/format.h>

#include <string>

#include "targets/selinux/decide.h"
#include "tests/selinux/linux/machine.h"

namespace bh::linux_test {

// In its words: permissions in hexadecimal, or "none" where a context is none.
inline std::string our_answer(const selinux::Policy& policy, const Question& question) {
  const auto source = parse_context(policy, question.source);
  const auto target = parse_context(policy, question.target);
  if (!source.has_value() || !target.has_value()) return "none";
  const uint32_t object_class = policy.find_class(question.object_class);
  const size_t permissions = policy.classes[object_class].permissions.size();
  const auto every = static_cast<uint32_t>((uint64_t{1} << permissions) - 1);
  const selinux::Decision decision =
      decide(policy, *source, *target, object_class, every, standard_values(policy));
  return fmt::format("{:x}", decision.allowed);
}

}  // namespace bh::linux_test

#include "targets/selinux/commands.h"

#include <fmt/format.h>

namespace bh::selinux {
namespace {

constexpr uint64_t PerDriver = 256;

void add(const ExtendedRule& rule, std::vector<Interval>& commands) {
  for (uint64_t bit = 0; bit < PerDriver; ++bit) {
    if ((rule.bits[bit / 32] >> (bit % 32) & 1) == 0) continue;
    if (rule.whole_drivers) {
      commands.push_back({bit * PerDriver, bit * PerDriver + PerDriver - 1});
    } else {
      const uint64_t command = rule.driver * PerDriver + bit;
      commands.push_back({command, command});
    }
  }
}

bool speaks_of(const Policy& policy, const ExtendedRule& rule, uint32_t source, uint32_t target,
               uint32_t object_class) {
  return rule.kind == AccessKind::Allow && rule.object_class == object_class &&
         policy.contains(rule.source, source) && policy.contains(rule.target, target);
}

}  // namespace

IntervalSet granted_commands(const Policy& policy, uint32_t source, uint32_t target,
                             uint32_t object_class) {
  bool limited = false;
  std::vector<Interval> commands;
  for (const ExtendedRule& rule : policy.extended) {
    if (!speaks_of(policy, rule, source, target, object_class)) continue;
    // Where booleans may switch it off, all commands are granted then.
    limited = limited || !rule.branch.conditional();
    add(rule, commands);
  }
  return limited ? IntervalSet(std::move(commands)) : IntervalSet::range(0, LastCommand);
}

std::vector<std::string> rules_for_command(const Policy& policy, uint32_t source, uint32_t target,
                                           uint32_t object_class, uint64_t command) {
  std::vector<std::string> rules;
  for (const ExtendedRule& rule : policy.extended) {
    std::vector<Interval> commands;
    if (speaks_of(policy, rule, source, target, object_class)) add(rule, commands);
    if (IntervalSet(std::move(commands)).contains(command))
      rules.push_back(fmt::format("allowxperm {} {} : {} ioctl", policy.set_name(rule.source),
                                  policy.set_name(rule.target), policy.classes[object_class].name));
  }
  return rules;
}

}  // namespace bh::selinux

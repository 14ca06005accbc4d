#include "targets/selinux/binary_te.h"

#include <algorithm>

namespace bh {
namespace {

using selinux::AccessKind;
using selinux::Numbers;
using selinux::Policy;
using selinux::SetId;

class Restriction {
 public:
  Restriction(const Policy& policy, const std::vector<std::string>& types)
      : policy_(policy), members_(policy.types.size() + policy.attributes.size()) {
    for (const std::string& name : types) {
      const uint32_t type = policy.find_type(name);
      if (type == selinux::None) {
        te_.missing.push_back(name);
        continue;
      }
      members_[type].push_back(type);
      if (policy.types[type].permissive) te_.permissive.push_back(name);
    }
    for (size_t i = 0; i < policy.attributes.size(); ++i) {
      for (uint32_t type : policy.attributes[i].types) {
        if (!members_[type].empty()) members_[policy.types.size() + i].push_back(type);
      }
    }
    te_.types = policy.types.size();
  }

  BinaryTe run() {
    for (const selinux::AccessRule& rule : policy_.access) {
      if (rule.kind != AccessKind::Allow) continue;
      ++te_.rules;
      add_rule(rule, rule.permissions, rule.branch.conditional() ? te_.conditional : te_.facts);
    }
    for (const selinux::ExtendedRule& rule : policy_.extended) {
      if (rule.kind != AccessKind::Allow) continue;
      add_rule(rule, permission_bit(policy_.classes[rule.object_class], "ioctl"), te_.filtered);
    }
    return std::move(te_);
  }

 private:
  void add_rule(const auto& rule, uint32_t permissions, TeFacts& to) {
    const Numbers& sources = members_[rule.source];
    const Numbers& targets = members_[rule.target];
    if (sources.empty() && targets.empty()) return;
    const selinux::Class& object_class = policy_.classes[rule.object_class];
    for (uint32_t source : sources) {
      for (uint32_t target : targets) add_facts(to, source, target, object_class, permissions);
    }
    // An attribute may hold types of both sorts, so a rule between two of ours can also be foreign.
    if (!all_ours(rule.source) || !all_ours(rule.target))
      add_facts(te_.foreign, rule.source, rule.target, object_class, permissions);
  }

  bool all_ours(SetId set) const {
    Numbers one;
    return members_[set].size() == policy_.members(set, one).size();
  }

  void add_facts(TeFacts& to, SetId source, SetId target, const selinux::Class& object_class,
                 uint32_t permissions) {
    for (size_t bit = 0; bit < selinux::MaxPermissions; ++bit) {
      if ((permissions >> bit & 1) == 0) continue;
      to.insert({policy_.set_name(source), policy_.set_name(target), object_class.name,
                 print_permissions(object_class, uint32_t{1} << bit)});
    }
  }

  const Policy& policy_;
  std::vector<Numbers> members_;  // by SetId: those of our types that it stands for
  BinaryTe te_;
};

}  // namespace

BinaryTe restrict_to(const Policy& policy, const std::vector<std::string>& types) {
  return Restriction(policy, types).run();
}

}  // namespace bh

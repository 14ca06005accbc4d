#include "targets/selinux/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "targets/selinux/commands.h"

namespace bh::selinux {
namespace {

// Of a type: the classes of objects that rules give access to.
using Classes = std::vector<bool>;

class Vocabulary {
 public:
  explicit Vocabulary(const Policy& policy)
      : policy_(policy),
        used_(policy.types.size(), Classes(policy.classes.size())),
        endpoints_(policy.types.size(), Classes(policy.classes.size())),
        declared_(policy.types.size()) {
    for (uint32_t i = 0; i < policy.types.size(); ++i) {
      names_.emplace(policy.types[i].name, i);
      for (const std::string& alias : policy.types[i].aliases) aliases_.emplace(alias, i);
    }
    for (uint32_t i = 0; i < policy.attributes.size(); ++i)
      attributes_.emplace(policy.attributes[i].name, i);
    note_used_classes();
  }

  Result<std::string> write(const std::vector<Mention>& mentions) {
    for (const Mention& m : mentions) {
      const uint32_t object_class = policy_.find_class(m.word);
      const bool of_types =
          names_.contains(m.word) || aliases_.contains(m.word) || attributes_.contains(m.word);
      if (object_class != None && of_types && !m.after_dot)
        return fail(fmt::format("'{}' names a class and also types of the SELinux policy", m.word));
      if (object_class != None) mentioned_.insert(object_class);
    }
    for (const Mention& m : mentions) {
      if (m.word == "any") std::fill(declared_.begin(), declared_.end(), true);
      if (!m.after_dot) declare(m);
    }
    const auto is_self = [](const Mention& m) { return m.word == "self" && m.before_dot; };
    if (std::ranges::any_of(mentions, is_self)) give_mentioned_classes();
    return text();
  }

 private:
  void note_used_classes() {
    Numbers one;
    for (const AccessRule& rule : policy_.access) {
      if (rule.kind != AccessKind::Allow) continue;
      for (uint32_t type : policy_.members(rule.target, one)) used_[type][rule.object_class] = true;
    }
  }

  void declare(const Mention& m) {
    if (const uint32_t object_class = policy_.find_class(m.word); object_class != None) {
      for (uint32_t type = 0; type < policy_.types.size(); ++type) {
        if (!used_[type][object_class]) continue;
        declared_[type] = true;
        endpoints_[type][object_class] = true;
      }
      return;
    }
    Numbers types;
    if (const auto at = names_.find(m.word); at != names_.end()) {
      types = {at->second};
    } else if (const auto alias = aliases_.find(m.word); alias != aliases_.end()) {
      types = {alias->second};
      groups_.emplace(m.word, types);
    } else if (const auto attribute = attributes_.find(m.word); attribute != attributes_.end()) {
      types = policy_.attributes[attribute->second].types;
      groups_.emplace(m.word, types);
    } else {
      return;  // a name of the properties' own, or an unknown one, which the checker reports
    }
    if (m.after_via) gates_.insert(m.word);
    for (uint32_t type : types) {
      declared_[type] = true;
      for (uint32_t c = 0; c < policy_.classes.size(); ++c) {
        if (m.before_dot ? mentioned_.contains(c) : used_[type][c]) endpoints_[type][c] = true;
      }
    }
  }

  // `self` may be any of those that are declared.
  void give_mentioned_classes() {
    for (uint32_t type = 0; type < policy_.types.size(); ++type) {
      for (uint32_t c : mentioned_) {
        if (declared_[type]) endpoints_[type][c] = true;
      }
    }
  }

  std::string text() const {
    std::string out = "// The names of an SELinux policy that its properties mention.\n";
    std::set<uint32_t> classes(mentioned_.begin(), mentioned_.end());
    for (const Classes& endpoints : endpoints_) {
      for (uint32_t c = 0; c < endpoints.size(); ++c) {
        if (endpoints[c]) classes.insert(c);
      }
    }
    if (!gates_.empty()) out += "lattice selinux_trust: secrecy { outside < inside }\n";
    if (!gates_.empty()) out += "interface selinux_gate { call pass(data: u8) }\n";
    for (uint32_t c : classes) out += interface(policy_.classes[c]);
    for (uint32_t type = 0; type < policy_.types.size(); ++type) {
      if (declared_[type]) out += component(type);
    }
    for (const auto& [name, types] : groups_) out += group(name, types);
    if (!gates_.empty())
      out += "component selinux_keeper { label inside   provides gate: selinux_gate }\n";
    for (const std::string_view gate : gates_) {
      out += fmt::format(
          "release {}: selinux_keeper.gate.pass.data inside => outside because \"a gate of the "
          "properties\"\n",
          gate);
    }
    return out;
  }

  static std::string interface(const Class& object_class) {
    std::string out = fmt::format("interface {} {{", object_class.name);
    for (const std::string& permission : object_class.permissions) {
      if (permission.empty()) continue;
      out += fmt::format(" call {}({})", permission,
                         permission == CommandPermission ? "command: u16" : "");
    }
    return out + " }\n";
  }

  std::string component(uint32_t type) const {
    std::string out = fmt::format("component {} {{", policy_.types[type].name);
    if (!gates_.empty()) out += " label inside";
    for (uint32_t c = 0; c < policy_.classes.size(); ++c) {
      if (endpoints_[type][c]) out += fmt::format(" provides {0}: {0}", policy_.classes[c].name);
    }
    return out + " }\n";
  }

  std::string group(std::string_view name, const Numbers& types) const {
    if (types.empty()) return fmt::format("group {} = any - any\n", name);
    std::string out = fmt::format("group {} = {{", name);
    for (size_t i = 0; i < types.size(); ++i)
      out += fmt::format("{} {}", i == 0 ? "" : ",", policy_.types[types[i]].name);
    return out + " }\n";
  }

  const Policy& policy_;
  std::unordered_map<std::string_view, uint32_t> names_, aliases_, attributes_;
  std::vector<Classes> used_;       // by type
  std::vector<Classes> endpoints_;  // by type: those that are declared
  std::vector<bool> declared_;      // by type
  std::set<uint32_t> mentioned_;    // classes
  std::map<std::string_view, Numbers> groups_;
  std::set<std::string_view> gates_;
};

}  // namespace

Result<std::string> vocabulary(const Policy& policy, const std::vector<Mention>& mentions) {
  return Vocabulary(policy).write(mentions);
}

}  // namespace bh::selinux

#include "tests/selinux/linux/rig.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "driver/pipeline/files.h"
#include "targets/selinux/kernel_classes.h"

namespace bh::linux_test {
namespace {

// "(class NAME (": those that the rig declares beside the base's.
std::vector<std::string> declared_classes(const std::string& text) {
  constexpr std::string_view Mark = "\n(class ";
  std::vector<std::string> names;
  for (size_t at = text.find(Mark); at != std::string::npos; at = text.find(Mark, at + 1)) {
    const size_t begin = at + Mark.size();
    names.push_back(text.substr(begin, text.find(' ', begin) - begin));
  }
  return names;
}

}  // namespace

std::vector<std::string> Emitted::types() const {
  std::vector<std::string> names = module.plan.names.types;
  for (const std::string& program : module.plan.names.programs) {
    if (!program.empty()) names.push_back(program);
  }
  return names;
}

std::vector<std::string> Emitted::domains() const {
  std::vector<std::string> names;
  for (const ComponentId id : model()->components.ids()) {
    if (model()->components[id].kind == ComponentKind::Component)
      names.push_back(module.plan.names.type(id));
  }
  return names;
}

std::set<std::string> Emitted::classes() const {
  std::set<std::string> names;
  for (const SelinuxNames::ObjectClass& each : module.plan.names.classes) {
    if (each.used) names.insert(each.name);
  }
  return names;
}

TeFacts Emitted::grants() const {
  TeFacts facts;
  for (const auto& [fact, where] : module.facts.grants) facts.insert(fact);
  return facts;
}

Emitted emitted(const std::string& path) {
  Result<LoadedPolicy> policy = load_policy({std::string(BH_SOURCE_DIR) + "/" + path});
  if (!policy.has_value() || !policy->model) throw std::runtime_error(path + " is no policy");
  const Result<std::vector<CheckedModel>> settings = open_settings(*policy);
  if (!settings.has_value()) throw std::runtime_error(settings.error().message);
  std::optional<CilModule> module = emit_cil(*settings, policy->sink);
  if (!module) throw std::runtime_error(path + " cannot be emitted");
  return {std::move(*policy), std::move(*module)};
}

std::string entry_type(const std::string& domain) { return "rig_enter_" + domain; }

std::vector<std::string> rig_types(const std::vector<Emitted>& all) {
  std::vector<std::string> types = {"kernel_t", "rig_dir_t", "rig_exec_t"};
  for (const Emitted& each : all) {
    for (const std::string& domain : each.domains()) types.push_back(entry_type(domain));
  }
  return types;
}

std::string rig(const std::vector<Emitted>& all) {
  std::string text = *read_file(BH_SOURCE_DIR "/tests/selinux/linux/rig.cil");
  std::vector<std::string> classes = declared_classes(text);
  for (const KernelClass& each : kernel_classes()) classes.emplace_back(each.name);
  for (const std::string& name : classes) {
    text += fmt::format(
        "(allow kernel_t rig_every ({0} (all)))\n(auditallow rig_domains rig_objects ({0} "
        "(all)))\n",
        name);
  }
  size_t index = 0;
  for (const Emitted& each : all) {
    text +=
        fmt::format("\n(typeattributeset rig_domains ({}))\n(typeattributeset rig_objects ({}))\n",
                    fmt::join(each.domains(), " "), fmt::join(each.types(), " "));
    for (const std::string& type : each.types()) {
      const uint16_t port = port_of(index++);
      text += fmt::format(
          "(portcon tcp ({} {}) (system_u object_r {} ((s0) (s0))))\n"
          "(typetransition rig_domains rig_dir_t file \"new_{}\" {})\n",
          port, port + 1, type, type, type);
    }
    for (const std::string& domain : each.domains()) {
      const std::string program = entry_type(domain);
      text += fmt::format(
          "(type {0})\n(typeattributeset rig_types ({0}))\n"
          "(typetransition rig_domains {0} process {1})\n"
          "(allow rig_domains {0} (file (read open execute map entrypoint execute_no_trans)))\n",
          program, domain);
    }
  }
  return text;
}

}  // namespace bh::linux_test

#include "driver/pipeline/selinux_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "solver/reference/evaluator.h"
#include "solver/reference/print.h"
#include "targets/selinux/avc.h"

namespace bh {

namespace {

class Reader {
 public:
  Reader(const CheckedModel& model, const CilModule& module, const AuditKey& key)
      : model_(*model), evaluator_(model), shown_(*model, key) {
    const SelinuxNames& names = module.plan.names;
    for (const ComponentId id : model_.components.ids()) types_.emplace(names.type(id), id);
    for (const OperationId id : model_.operations.ids()) {
      const SelinuxAccess access = access_of(model_, names, id);
      for (const std::string& permission : access.permissions) {
        operations_.emplace(std::tuple(model_.owner_of(id), access.object_class, permission), id);
      }
    }
    for (const Cell& cell : module.plan.cells.front()) {
      granted_.emplace(std::pair(cell.subject, cell.operation), cell.allowed_by.front());
    }
  }

  void take(size_t number, std::string_view line) {
    number_ = number;
    audit_.lost += selinux::records_suppressed(line);
    const Result<std::optional<selinux::Avc>> avc = selinux::read_avc(line);
    if (!avc.has_value()) return damaged(avc.error().message);
    if (!*avc) return;
    if (!(*avc)->granted && !(*avc)->permissive) return damaged("it is cut off");
    ++decisions_;
    decided(**avc);
  }

  Result<SelinuxAudit> finish() {
    if (decisions_ == 0 && audit_.damaged.empty()) return fail("it holds no decision of SELinux");
    return std::move(audit_);
  }

 private:
  void damaged(std::string_view why) {
    audit_.damaged.push_back(fmt::format("line {}: {}", number_, why));
  }

  void differ(std::string_view what, std::string_view why) {
    audit_.differences.push_back(fmt::format("line {}: {}: {}", number_, what, why));
  }

  // An invalid id: no type of the policy.
  ComponentId component(std::string_view context) const {
    const auto found = types_.find(selinux::type_of(context));
    return found == types_.end() ? ComponentId() : found->second;
  }

  void decided(const selinux::Avc& avc) {
    const ComponentId source = component(avc.source);
    const ComponentId target = component(avc.target);
    if (!source.valid() && !target.valid()) {
      ++audit_.foreign;
      return;
    }
    if (avc.milliseconds) {
      if (!first_) first_ = *avc.milliseconds;
      now_ = std::max(now_, *avc.milliseconds - std::min(*first_, *avc.milliseconds));
    }
    for (const std::string& permission : avc.permissions) {
      const auto named = source.valid() && target.valid()
                             ? operations_.find(std::tuple(target, avc.object_class, permission))
                             : operations_.end();
      if (named == operations_.end()) {
        unnamed(avc, source, target, permission);
      } else {
        request(avc, source, named->second);
      }
    }
  }

  void request(const selinux::Avc& avc, ComponentId source, OperationId operation) {
    const auto grant = granted_.find(std::pair(source, operation));
    const bool allowed = grant != granted_.end();
    const Decision decision =
        allowed ? Decision{Reason::Allowed, grant->second, {}} : refusal(source, operation);
    const Audit* statement = shown_.statement(decision);
    const std::string what = fmt::format("{} -> {}({})", shown_.who(statement, source),
                                         shown_.what(statement, operation), arguments(operation));
    std::string why = shown_.why(statement, print(model_, decision));
    const bool passed = avc.granted || avc.permissive == true;
    if (!avc.granted && allowed) differ(what, "the machine's policy refuses it, but it is " + why);
    if (passed && !allowed) differ(what, "the machine let it pass, but it is " + why);
    if (avc.permissive == true) why += ", but nothing is enforced";
    add(passed, what, why);
  }

  // What has no name in the policy is never granted.
  void unnamed(const selinux::Avc& avc, ComponentId source, ComponentId target,
               const std::string& permission) {
    const Audit* const statement = shown_.statement(Decision());
    const auto name = [&](ComponentId id, std::string_view context) {
      return id.valid() ? shown_.who(statement, id) : std::string(selinux::type_of(context));
    };
    const std::string what = fmt::format("{} -> {} : {} {}", name(source, avc.source),
                                         name(target, avc.target), avc.object_class, permission);
    const std::string why = !source.valid()   ? "the policy does not know who asks"
                            : !target.valid() ? "the policy does not know what is asked"
                                              : "the policy has no name for it";
    const bool passed = avc.granted || avc.permissive == true;
    if (passed && source.valid() && target.valid()) {
      differ(what, "the machine let it pass, but " + why);
    }
    add(passed, what, why);
  }

  // Arguments are not in such a log.
  std::string arguments(OperationId operation) const {
    std::string text;
    for (const Parameter& parameter : model_.method_of(operation).parameters) {
      text += fmt::format("{}{}: -", text.empty() ? "" : ", ", parameter.name);
    }
    return text;
  }

  // Of what is never granted, with whatever arguments.
  Decision refusal(ComponentId source, OperationId operation) const {
    Request request{source, operation, {}};
    for (const Parameter& parameter : model_.method_of(operation).parameters) {
      request.words.push_back(model_.types[parameter.type].domain.intervals().front().low);
    }
    return evaluator_.decide(request);
  }

  void add(bool passed, const std::string& what, const std::string& why) {
    ++(passed ? audit_.granted : audit_.refused);
    const AuditKind kind = passed ? AuditKind::Granted : AuditKind::Refused;
    audit_.records.push_back({audit_.records.size(), now_ * 1000, kind, what, why});
  }

  const Model& model_;
  Evaluator evaluator_;
  Shown shown_;
  std::map<std::string, ComponentId, std::less<>> types_;
  std::map<std::tuple<ComponentId, std::string, std::string>, OperationId> operations_;
  std::map<std::pair<ComponentId, OperationId>, RuleId> granted_;
  size_t number_ = 0;  // of the line that is read
  size_t decisions_ = 0;
  std::optional<uint64_t> first_;  // milliseconds
  uint64_t now_ = 0;               // milliseconds since then
  SelinuxAudit audit_;
};

}  // namespace

Result<SelinuxAudit> read_selinux_log(const CheckedModel& model, const CilModule& module,
                                      const AuditKey& key, std::string_view text) {
  Reader reader(model, module, key);
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    reader.take(number, line);
  }
  return reader.finish();
}

std::string audit_log(const CheckedModel& model, const CilModule& module,
                      const SelinuxAudit& audit) {
  LogWriter writer;
  std::string text = writer.line(LogHeader{model->name, model->version, 0, sha256(module.text)});
  for (const LogEntry& record : audit.records) text += writer.line(record);
  return text + writer.line(LogEnd{"the log's end", audit.records.size(), audit.lost});
}

}  // namespace bh

#include "driver/report/selinux_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "core/base/counted.h"
#include "core/base/sha256.h"
#include "targets/selinux/relation.h"

namespace bh {
namespace {

using Json = nlohmann::ordered_json;
using selinux::AccessKind;
using selinux::Change;
using selinux::Tally;

struct Counts {
  size_t rules = 0;
  size_t conditional = 0;
  uint64_t cells = 0;
  uint64_t permissions = 0;
};

Counts count(const selinux::Policy& policy) {
  Counts counts;
  for (const selinux::AccessRule& rule : policy.access) {
    if (rule.kind != AccessKind::Allow) continue;
    ++counts.rules;
    counts.conditional += rule.branch.conditional() ? 1 : 0;
  }
  selinux::Relation relation(policy, AccessKind::Allow, selinux::InForce::Always);
  for (uint32_t type = 0; type < policy.types.size(); ++type) {
    for (const selinux::Cell& cell : relation.row(type)) {
      ++counts.cells;
      counts.permissions += static_cast<uint64_t>(std::popcount(cell.permissions));
    }
  }
  return counts;
}

size_t count_rules(const selinux::Policy& policy, AccessKind kind) {
  return static_cast<size_t>(
      std::ranges::count_if(policy.access, [&](const auto& rule) { return rule.kind == kind; }));
}

size_t count_rules(const selinux::Policy& policy, selinux::TypeRuleKind kind) {
  return static_cast<size_t>(std::ranges::count_if(
      policy.type_rules, [&](const auto& rule) { return rule.kind == kind; }));
}

std::string_view word(selinux::HandleUnknown handle) {
  switch (handle) {
    case selinux::HandleUnknown::Deny:
      return "denied";
    case selinux::HandleUnknown::Reject:
      return "rejected";
    case selinux::HandleUnknown::Allow:
      return "allowed";
  }
  return "";
}

// What there is, in the order in which it is shown.
std::vector<std::pair<std::string_view, size_t>> parts(const selinux::Policy& policy) {
  size_t aliases = 0;
  size_t permissive = 0;
  size_t bounded = 0;
  for (const selinux::Type& type : policy.types) {
    aliases += type.aliases.size();
    permissive += type.permissive ? 1 : 0;
    bounded += type.bounds != selinux::None ? 1 : 0;
  }
  size_t constraints = 0;
  size_t transitions = 0;
  for (const selinux::Class& c : policy.classes) {
    constraints += c.constraints.size();
    transitions += c.transitions.size();
  }
  return {{"types", policy.types.size()},
          {"aliases", aliases},
          {"permissive types", permissive},
          {"bounded types", bounded},
          {"attributes", policy.attributes.size()},
          {"classes", policy.classes.size()},
          {"roles", policy.roles.size()},
          {"users", policy.users.size()},
          {"booleans", policy.bools.size()},
          {"sensitivities", policy.sensitivities.size()},
          {"categories", policy.categories.size()},
          {"dontaudit rules", count_rules(policy, AccessKind::DontAudit)},
          {"auditallow rules", count_rules(policy, AccessKind::AuditAllow)},
          {"extended rules", policy.extended.size()},
          {"type_transition rules", count_rules(policy, selinux::TypeRuleKind::Transition)},
          {"named transitions", policy.named_transitions.size()},
          {"type_change rules", count_rules(policy, selinux::TypeRuleKind::Change)},
          {"type_member rules", count_rules(policy, selinux::TypeRuleKind::Member)},
          {"range transitions", policy.range_transitions.size()},
          {"role allow rules", policy.role_allows.size()},
          {"role transitions", policy.role_transitions.size()},
          {"constraints", constraints},
          {"validatetrans", transitions}};
}

ChangeKind kind_of(selinux::ChangeOf of) {
  switch (of) {
    case selinux::ChangeOf::Access:
      return ChangeKind::Requests;
    case selinux::ChangeOf::Audit:
    case selinux::ChangeOf::Labelling:
    case selinux::ChangeOf::Constraint:
      return ChangeKind::Statement;
    case selinux::ChangeOf::Authority:
      return ChangeKind::Trust;
    case selinux::ChangeOf::Vocabulary:
      return ChangeKind::Vocabulary;
  }
  BH_CHECK(false);
}

ChangeDirection direction_of(selinux::Direction direction) {
  switch (direction) {
    case selinux::Direction::Wider:
      return ChangeDirection::Wider;
    case selinux::Direction::Narrower:
      return ChangeDirection::Narrower;
    case selinux::Direction::Neither:
      return ChangeDirection::Neither;
  }
  BH_CHECK(false);
}

constexpr std::pair<std::string_view, Tally selinux::Diff::*> Tallies[] = {
    {"allow", &selinux::Diff::allow},
    {"auditallow", &selinux::Diff::audit_allow},
    {"dontaudit", &selinux::Diff::dont_audit},
    {"types", &selinux::Diff::types},
    {"attributes", &selinux::Diff::attributes},
    {"booleans", &selinux::Diff::bools},
    {"roles", &selinux::Diff::roles},
    {"type_transition", &selinux::Diff::type_transitions},
    {"type_change", &selinux::Diff::type_changes},
    {"type_member", &selinux::Diff::type_members},
    {"role_transition", &selinux::Diff::role_transitions},
    {"range_transition", &selinux::Diff::range_transitions}};

}  // namespace

std::string print_selinux(const selinux::Policy& policy) {
  const Counts counts = count(policy);
  std::string text = fmt::format(
      "SELinux policy of format {}, {}; unknown classes and permissions are {}\n", policy.version,
      policy.mls ? "with levels" : "without levels", word(policy.handle_unknown));
  for (const auto& [name, number] : parts(policy))
    text += fmt::format("  {:<22} {}\n", name, number);
  text += fmt::format("  {:<22} {}, of which {} under {}\n", "allow rules", counts.rules,
                      counts.conditional, counted(policy.conditions.size(), "condition"));
  text += fmt::format("  always granted: {} permissions in {} cells (source, target, class)\n",
                      counts.permissions, counts.cells);
  return text;
}

std::string selinux_json(const selinux::Policy& policy) {
  const Counts counts = count(policy);
  Json json = {{"version", 1},
               {"format", policy.version},
               {"mls", policy.mls},
               {"unknown", word(policy.handle_unknown)}};
  for (const auto& [name, number] : parts(policy)) json[std::string(name)] = number;
  json["allow rules"] = counts.rules;
  json["conditional allow rules"] = counts.conditional;
  json["conditions"] = policy.conditions.size();
  json["cells"] = counts.cells;
  json["permissions"] = counts.permissions;
  return json.dump(2) + "\n";
}

std::string print_goals_summary(const LoadedPolicy& goals, const CheckResult& result,
                                const selinux::Policy& policy) {
  const auto permissive = std::ranges::count_if(policy.types, &selinux::Type::permissive);
  std::string text = fmt::format(
      "{} {}: an SELinux policy of {} types and {} access rules, {} | {} proved, {} violated, {} "
      "undecided\n",
      (*goals.model)->name, (*goals.model)->version, policy.types.size(), policy.access.size(),
      counted(result.properties.size(), "question"), result.count(Verdict::Proved),
      result.count(Verdict::Violated), result.count(Verdict::Unknown));
  if (permissive > 0)
    text += fmt::format(
        "{} permissive, for which nothing is enforced: counted as able to do anything\n",
        permissive == 1 ? "1 type is" : fmt::format("{} types are", permissive));
  return text;
}

PolicyDiff as_policy_diff(const selinux::Diff& diff, GoalsDiff goals) {
  PolicyDiff result;
  result.changes = std::move(goals.changes);
  result.unknown = std::move(goals.unknown);
  for (const Change& change : diff.changes) {
    PolicyChange& added = result.changes.emplace_back();
    added.kind = kind_of(change.of);
    added.direction = direction_of(change.direction);
    added.what = change.what;
    added.causes.push_back({DiffSide::After, {}, "", change.how});
    const std::string meaning =
        fmt::format("{}\n{}\n{}\n{:x}", change.what, change.how, change.cells, change.digest);
    added.id = print(sha256(meaning)).substr(0, 12);
  }
  return result;
}

bool SelinuxDiffReport::fails(size_t change) const {
  return !approved.changes[change] && bh::fails(diff.changes[change], fail_on);
}

size_t SelinuxDiffReport::failing() const {
  size_t count = 0;
  for (size_t i = 0; i < diff.changes.size(); ++i) count += fails(i) ? 1 : 0;
  return count;
}

namespace {

std::string print_places(const std::vector<std::string>& where) {
  constexpr size_t Most = 3;
  std::string text;
  for (size_t i = 0; i < where.size() && i < Most; ++i)
    text += fmt::format("{} {}", i == 0 ? "    in" : ",", where[i]);
  if (where.size() > Most) text += fmt::format(" and {} more", where.size() - Most);
  return text.empty() ? text : text + '\n';
}

}  // namespace

std::string print_diff(const SelinuxDiffReport& report) {
  std::string text;
  if (!report.base.empty()) text += fmt::format("base: {}\n", report.base);
  size_t worse = 0;
  for (size_t i = 0; i < report.properties(); ++i) {
    const PolicyChange& change = report.diff.changes[i];
    worse += change.worse ? 1 : 0;
    text += fmt::format("{} property {}: {}   [{}]{}\n", change.worse ? '!' : '~', change.what,
                        change.causes[0].text, change.id,
                        report.approved.changes[i] ? " approved" : "");
    for (const std::string& line : change.path) text += fmt::format("    {}\n", line);
  }
  size_t numbers[3] = {};
  for (size_t i = report.properties(); i < report.diff.changes.size(); ++i) {
    const Change& change = report.found.changes[i - report.properties()];
    const PolicyChange& meaning = report.diff.changes[i];
    ++numbers[static_cast<size_t>(meaning.direction)];
    text += fmt::format("{} {}   [{}]{}\n    {}", sign(meaning.direction), change.what, meaning.id,
                        report.approved.changes[i] ? " approved" : "", change.how);
    if (change.cells > 1) text += fmt::format(": {} cells", change.cells);
    if (change.cells > 1 && !change.example.empty())
      text += fmt::format(", for example {}", change.example);
    text += '\n' + print_places(change.where);
  }
  for (const Approval& approval : report.approved.expired)
    text += fmt::format("approval expired on {}: {} ({}:{})\n", print(*approval.until), approval.id,
                        report.approvals_path, approval.line);
  for (const Approval& approval : report.approved.stale)
    text += fmt::format("approval fits no change: {} ({}:{})\n", approval.id, report.approvals_path,
                        approval.line);
  for (const auto& [name, tally] : Tallies) {
    const Tally& t = report.found.*tally;
    if (t == Tally{}) continue;
    text += fmt::format("  {:<16} {} added, {} removed, {} modified when expanded\n", name, t.added,
                        t.removed, t.modified);
  }
  for (const std::string& undecided : report.diff.unknown)
    text += fmt::format("undecided: property {}\n", undecided);
  text += fmt::format("{}: ", counted(report.diff.changes.size(), "change"));
  if (report.properties() > 0)
    text += fmt::format("{} of a verdict, {} for the worse; ", report.properties(), worse);
  return text + fmt::format("{} wider, {} narrower, {} other; {} not approved\n", numbers[0],
                            numbers[1], numbers[2], report.failing());
}

std::string diff_json(const SelinuxDiffReport& report) {
  Json changes = Json::array();
  for (size_t i = 0; i < report.properties(); ++i) {
    const PolicyChange& change = report.diff.changes[i];
    changes.push_back({{"id", change.id},
                       {"kind", print(change.kind)},
                       {"direction", print(change.direction)},
                       {"what", change.what},
                       {"how", change.causes[0].text},
                       {"worse", change.worse},
                       {"findings", change.path},
                       {"fails", report.fails(i)},
                       {"approved", static_cast<bool>(report.approved.changes[i])}});
  }
  for (size_t i = report.properties(); i < report.diff.changes.size(); ++i) {
    const Change& change = report.found.changes[i - report.properties()];
    const PolicyChange& meaning = report.diff.changes[i];
    changes.push_back({{"id", meaning.id},
                       {"kind", print(meaning.kind)},
                       {"direction", print(meaning.direction)},
                       {"what", change.what},
                       {"how", change.how},
                       {"cells", change.cells},
                       {"example", change.example},
                       {"where", change.where},
                       {"fails", report.fails(i)},
                       {"approved", static_cast<bool>(report.approved.changes[i])}});
  }
  Json tallies = Json::object();
  for (const auto& [name, tally] : Tallies) {
    const Tally& t = report.found.*tally;
    tallies[std::string(name)] = {
        {"added", t.added}, {"removed", t.removed}, {"modified", t.modified}};
  }
  Json json = {{"version", 1},
               {"changes", changes},
               {"undecided", report.diff.unknown},
               {"expanded", tallies},
               {"failing", report.failing()}};
  if (!report.base.empty()) json["base"] = report.base;
  return json.dump(2) + "\n";
}

}  // namespace bh

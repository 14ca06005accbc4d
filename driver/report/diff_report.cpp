#include "driver/report/diff_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/counted.h"

namespace bh {

bool fails(const PolicyChange& change, FailOn fail_on) {
  switch (fail_on) {
    case FailOn::Any:
      return true;
    case FailOn::Wider:
      return change.direction == ChangeDirection::Wider;
    case FailOn::Property:
      return change.worse;
  }
  BH_CHECK(false);
}

char sign(ChangeDirection direction) {
  switch (direction) {
    case ChangeDirection::Wider:
      return '+';
    case ChangeDirection::Narrower:
      return '-';
    case ChangeDirection::Neither:
      return '~';
  }
  BH_CHECK(false);
}

bool DiffReport::fails(size_t change) const {
  return !approved.changes[change] && bh::fails(found.diff.changes[change], fail_on);
}

size_t DiffReport::failing() const {
  size_t count = 0;
  for (size_t i = 0; i < found.diff.changes.size(); ++i) count += fails(i) ? 1 : 0;
  return count;
}

namespace {

// "gateway.bh:46", and of which version where that is not plain.
std::string place(const DiffReport& report, DiffSide side, Span span) {
  if (!span.valid()) return "";
  const LoadedPolicy& policy = side == DiffSide::Before ? report.before : report.after;
  const SourceFile& file = policy.sources[span.file];
  const bool old = side == DiffSide::Before && !report.at.empty();
  return fmt::format("{}:{}{}", file.path(), file.position(span.begin).line,
                     old ? " in " + report.at : "");
}

char sign(const PolicyChange& change) {
  const bool leaks =
      change.kind == ChangeKind::LabelFlow && change.direction == ChangeDirection::Wider;
  return leaks || change.worse ? '!' : sign(change.direction);
}

std::string headline(const PolicyChange& change) {
  std::string text = change.what;
  if (!change.condition.empty()) text += "  when " + change.condition;
  if (change.kind == ChangeKind::Behaviour) {
    text += change.direction == ChangeDirection::Wider ? "  in more states" : "  in fewer states";
  }
  // Changes without a name of their own say it all in one cause.
  if (change.causes.size() == 1 && change.causes[0].name.empty() && !change.witness) {
    text += ": " + change.causes[0].text;
  }
  return text;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  return fmt::format("{}", fmt::join(parts, between));
}

void print_change(const DiffReport& report, size_t index, std::string& text) {
  const PolicyChange& change = report.found.diff.changes[index];
  const bool approved = report.approved.changes[index];
  text += fmt::format("{} {}   [{}]{}\n", sign(change), headline(change), change.id,
                      approved ? " approved" : "");
  for (const ChangeCause& cause : change.causes) {
    const std::string where = place(report, cause.side, cause.span);
    if (cause.name.empty() && !change.witness) {
      if (!where.empty()) text += fmt::format("    {}\n", where);
      continue;
    }
    text +=
        fmt::format("    {}{}   {}\n", cause.name, where.empty() ? "" : "   " + where, cause.text);
  }
  if (change.witness) {
    const ChangeWitness& w = *change.witness;
    const bool now = w.granted_by == DiffSide::After;
    text += fmt::format("    for example {}\n", joined(w.steps, "; then "));
    text += fmt::format("      {}: {}; {}: {}\n", now ? "now" : "before", w.granted,
                        now ? "before" : "now", w.refused);
  }
  if (!change.path.empty()) text += fmt::format("    by {}\n", joined(change.path, "; then "));
  if (!change.settings.empty()) {
    text += fmt::format("    only in {}\n", joined(change.settings, " and in "));
  }
}

struct Counts {
  size_t wider = 0;
  size_t narrower = 0;
  size_t flows = 0;
  size_t lost_flows = 0;
  size_t worse = 0;
  size_t others = 0;
  size_t approved = 0;
};

Counts count(const DiffReport& report) {
  Counts counts;
  for (size_t i = 0; i < report.found.diff.changes.size(); ++i) {
    const PolicyChange& change = report.found.diff.changes[i];
    counts.approved += report.approved.changes[i] ? 1 : 0;
    const bool flow = change.kind == ChangeKind::Flow || change.kind == ChangeKind::LabelFlow;
    const bool request =
        change.kind == ChangeKind::Requests || change.kind == ChangeKind::Behaviour;
    if (change.worse) {
      ++counts.worse;
    } else if (flow) {
      ++(change.direction == ChangeDirection::Wider ? counts.flows : counts.lost_flows);
    } else if (request && change.direction == ChangeDirection::Wider) {
      ++counts.wider;
    } else if (request) {
      ++counts.narrower;
    } else {
      ++counts.others;
    }
  }
  return counts;
}

std::string summary(const DiffReport& report) {
  const Model& before = **report.before.model;
  const Model& after = **report.after.model;
  const std::string versions =
      before.name == after.name
          ? fmt::format("{} {} -> {}", after.name, before.version, after.version)
          : fmt::format("{} {} -> {} {}", before.name, before.version, after.name, after.version);
  const PolicyDiff& diff = report.found.diff;
  const std::string settings =
      report.found.settings > 1
          ? fmt::format(", in {} settings of the variants", report.found.settings)
          : "";
  if (diff.means_the_same()) {
    return fmt::format("{}: no change of meaning{}{}\n", versions,
                       report.found.same_text ? ", the texts are equal" : ", by proof", settings);
  }
  const Counts counts = count(report);
  std::string text =
      fmt::format("{}: {} wider, {} narrower", versions, counts.wider, counts.narrower);
  const auto add = [&](size_t number, std::string_view one, std::string_view more) {
    if (number > 0) text += ", " + counted(number, one, more);
  };
  add(counts.flows, "new flow", "new flows");
  add(counts.lost_flows, "lost flow", "lost flows");
  add(counts.worse, "property worse", "properties worse");
  add(counts.others, "other change", "other changes");
  if (counts.approved > 0) text += fmt::format(", {} of them approved", counts.approved);
  if (!diff.unknown.empty()) text += fmt::format(", {} undecided", diff.unknown.size());
  return text + settings + "\n";
}

}  // namespace

std::string print_diff(const DiffReport& report) {
  const PolicyDiff& diff = report.found.diff;
  std::string text;
  if (!report.base.empty()) text += fmt::format("base: {}\n", report.base);
  for (size_t i = 0; i < diff.changes.size(); ++i) print_change(report, i, text);
  for (const Renamed& renamed : diff.renamed) text += fmt::format("= {}\n", print(renamed));
  for (const std::string& note : diff.notes) text += fmt::format("= {}\n", note);
  for (const std::string& note : report.found.only_standard) text += fmt::format("= {}\n", note);
  for (const std::string& what : diff.unknown) text += fmt::format("? undecided: {}\n", what);
  for (const Approval& approval : report.approved.expired) {
    text += fmt::format("approval expired on {}: {} ({}:{})\n", print(*approval.until), approval.id,
                        report.approvals_path, approval.line);
  }
  for (const Approval& approval : report.approved.stale) {
    text += fmt::format("approval fits no change: {} ({}:{})\n", approval.id, report.approvals_path,
                        approval.line);
  }
  text += summary(report);
  return text;
}

// ---- json ---------------------------------------------------------------------------------------

namespace {

using Json = nlohmann::ordered_json;

Json place_json(const DiffReport& report, DiffSide side, Span span) {
  if (!span.valid()) return nullptr;
  const LoadedPolicy& policy = side == DiffSide::Before ? report.before : report.after;
  const SourceFile& file = policy.sources[span.file];
  const LineColumn at = file.position(span.begin);
  return {{"file", file.path()}, {"line", at.line}, {"column", at.column}};
}

std::string_view side_name(DiffSide side) { return side == DiffSide::Before ? "before" : "after"; }

Json change_json(const DiffReport& report, size_t index) {
  const PolicyChange& change = report.found.diff.changes[index];
  Json row = {{"id", change.id},
              {"kind", print(change.kind)},
              {"direction", print(change.direction)},
              {"what", change.what}};
  if (!change.condition.empty()) row["when"] = change.condition;
  row["worse"] = change.worse;
  row["fails"] = report.fails(index);
  row["approved"] = static_cast<bool>(report.approved.changes[index]);
  row["causes"] = Json::array();
  for (const ChangeCause& cause : change.causes) {
    row["causes"].push_back({{"name", cause.name},
                             {"side", side_name(cause.side)},
                             {"place", place_json(report, cause.side, cause.span)},
                             {"text", cause.text}});
  }
  if (change.kind == ChangeKind::Requests) {
    row["cells"] = Json::array();
    for (const ChangedCell& cell : change.cells) {
      const bool now = change.direction == ChangeDirection::Wider;
      const Model& model = now ? **report.after.model : **report.before.model;
      row["cells"].push_back(model.components[cell.subject].name + " -> " +
                             print(model, cell.operation));
    }
  }
  if (change.witness) {
    row["witness"] = {{"granted_by", side_name(change.witness->granted_by)},
                      {"steps", change.witness->steps},
                      {"granted", change.witness->granted},
                      {"refused", change.witness->refused}};
  }
  if (!change.path.empty()) row["path"] = change.path;
  if (!change.settings.empty()) row["settings"] = change.settings;
  return row;
}

Json approvals_json(const std::vector<Approval>& list) {
  Json rows = Json::array();
  for (const Approval& approval : list) {
    rows.push_back({{"id", approval.id}, {"line", approval.line}, {"because", approval.because}});
    if (approval.until) rows.back()["until"] = print(*approval.until);
  }
  return rows;
}

}  // namespace

std::string diff_json(const DiffReport& report) {
  const PolicyDiff& diff = report.found.diff;
  const Model& before = **report.before.model;
  const Model& after = **report.after.model;
  Json document = {{"version", 1}, {"command", "diff"}};
  document["before"] = {{"policy", before.name}, {"release", before.version}};
  if (!report.base.empty()) document["before"]["base"] = report.base;
  document["after"] = {{"policy", after.name}, {"release", after.version}};
  document["changes"] = Json::array();
  for (size_t i = 0; i < diff.changes.size(); ++i) {
    document["changes"].push_back(change_json(report, i));
  }
  document["renamed"] = Json::array();
  for (const Renamed& renamed : diff.renamed) document["renamed"].push_back(print(renamed));
  std::vector<std::string> notes = diff.notes;
  notes.insert(notes.end(), report.found.only_standard.begin(), report.found.only_standard.end());
  document["notes"] = notes;
  document["undecided"] = diff.unknown;
  document["approvals"] = {{"expired", approvals_json(report.approved.expired)},
                           {"stale", approvals_json(report.approved.stale)}};
  const Counts counts = count(report);
  document["summary"] = {
      {"same_meaning", diff.means_the_same()}, {"wider", counts.wider},
      {"narrower", counts.narrower},           {"new_flows", counts.flows},
      {"lost_flows", counts.lost_flows},       {"properties_worse", counts.worse},
      {"other_changes", counts.others},        {"approved", counts.approved},
      {"failing", report.failing()},           {"settings", report.found.settings},
      {"cells_compared", diff.cells}};
  // Names of tests are the user's bytes.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bh

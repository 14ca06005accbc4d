#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/counted.h"
#include "driver/report/impact_report.h"
#include "driver/report/impact_words.h"

namespace bh {

namespace {

using Json = nlohmann::ordered_json;

std::string_view word_for(ImpactWay way) {
  switch (way) {
    case ImpactWay::Influenced:
      return "influences";
    case ImpactWay::Read:
      return "reads";
    case ImpactWay::Told:
      return "passes to";
    case ImpactWay::Asked:
      return "asks";
  }
  BH_CHECK(false);
}

size_t falling(const Impact& impact) {
  size_t count = 0;
  for (const ImpactProperty& property : impact.properties)
    count += property.after == Verdict::Violated ? 1 : 0;
  return count;
}

struct ImpactNumbers {
  std::string_view what;
  std::string_view key;
  size_t before;
  size_t after;
};

std::vector<ImpactNumbers> numbers_of(const ImpactChange& change) {
  const Impact& was = change.before.impact;
  const Impact& is = change.after.impact;
  return {{"can itself be granted", "requests", was.requests.size(), is.requests.size()},
          {"influences", "influenced", was.influenced.size(), is.influenced.size()},
          {"asks", "asked", was.asked.size(), is.asked.size()},
          {"reads", "read", was.read.size(), is.read.size()},
          {"passes to", "told", was.told.size(), is.told.size()},
          {"falling properties", "falling_properties", falling(was), falling(is)}};
}

std::string fate(const std::optional<Verdict>& verdict) {
  if (!verdict) return "does not exist";
  switch (*verdict) {
    case Verdict::Proved:
      return "holds";
    case Verdict::Violated:
      return "falls";
    case Verdict::Unknown:
      return "is undecided";
  }
  BH_CHECK(false);
}

void add_request(AlignedRows& rows, const RequestChange& change) {
  const std::string perhaps = change.undecided ? "  perhaps" : "";
  const auto add = [&](std::string_view sign, const std::optional<std::string>& region) {
    if (!region) return;
    rows.add({std::string(sign), "can itself be granted", change.request,
              (region->empty() ? "any arguments" : *region) + perhaps});
  };
  add("+", change.more);
  add("-", change.less);
}

std::string steps(const ReachChange& change) {
  const auto in = [](uint32_t count) { return counted(count, "step", "steps"); };
  if (!change.before) return in(*change.after);
  if (!change.after) return in(*change.before);
  return fmt::format("{} instead of {}", in(*change.after), *change.before);
}

std::string_view sign(const ReachChange& change) {
  if (!change.before) return "+";
  return change.after ? "=" : "-";
}

}  // namespace

std::string print_change(const LoadedPolicy& policy, const LoadedPolicy& edited,
                         const ImpactChange& change) {
  const Model& model = **policy.model;
  std::string names;
  for (ComponentId id : change.before.impact.compromised)
    names += (names.empty() ? "" : " and ") + model.components[id].name;
  std::string text = "break-in at " + names + "\n";
  const size_t settings = change.after.settings.size();
  if (settings > 1)
    text += fmt::format("all {} settings of the variants of policy '{}' put together\n", settings,
                        (*edited.model)->name);
  AlignedRows numbers;
  numbers.add({"", "now", "edited"});
  for (const ImpactNumbers& row : numbers_of(change))
    numbers.add(
        {std::string(row.what), fmt::format("{}", row.before), fmt::format("{}", row.after)});
  text += numbers.print();
  AlignedRows rows;
  for (const RequestChange& each : change.requests) add_request(rows, each);
  for (const ReachChange& each : change.reaches)
    rows.add(
        {std::string(sign(each)), std::string(word_for(each.way)), each.component, steps(each)});
  for (const FateChange& each : change.properties) {
    const bool worse = each.after == Verdict::Violated && each.before != Verdict::Violated;
    const bool better = each.before == Verdict::Violated && each.after != Verdict::Violated;
    rows.add({worse ? "+" : (better ? "-" : "="), "property", each.property,
              fmt::format("{}; {} now", fate(each.after), fate(each.before))});
  }
  text += rows.empty() ? "\nthe edit changes nothing about it\n" : "\n" + rows.print();
  if (change.undecided) text += "\nundecided: the solver gave up somewhere\n";
  return text;
}

std::string change_json(const LoadedPolicy& policy, const LoadedPolicy& edited,
                        const ImpactChange& change) {
  Json document = {{"version", 1},
                   {"command", "impact"},
                   {"policy", (*policy.model)->name},
                   {"release", (*policy.model)->version},
                   {"edited_release", (*edited.model)->version},
                   {"now", Json::object()},
                   {"edited", Json::object()},
                   {"requests", Json::array()},
                   {"reaches", Json::array()},
                   {"properties", Json::array()},
                   {"grows", change.grows()},
                   {"undecided", change.undecided}};
  for (const ImpactNumbers& row : numbers_of(change)) {
    document["now"][std::string(row.key)] = row.before;
    document["edited"][std::string(row.key)] = row.after;
  }
  for (const RequestChange& each : change.requests) {
    Json row = {{"request", each.request}};
    if (each.more) row["more"] = *each.more;
    if (each.less) row["less"] = *each.less;
    document["requests"].push_back(std::move(row));
  }
  for (const ReachChange& each : change.reaches) {
    Json row = {{"way", word_for(each.way)}, {"component", each.component}};
    if (each.before) row["steps_now"] = *each.before;
    if (each.after) row["steps_edited"] = *each.after;
    document["reaches"].push_back(std::move(row));
  }
  for (const FateChange& each : change.properties)
    document["properties"].push_back(
        {{"name", each.property}, {"now", fate(each.before)}, {"edited", fate(each.after)}});
  return document.dump(2) + "\n";
}

}  // namespace bh

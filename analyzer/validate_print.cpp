#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analyzer/validate.h"

namespace bh {
namespace {

std::string_view print(CrossingVerdict verdict) {
  switch (verdict) {
    case CrossingVerdict::Allowed:
      return "allowed";
    case CrossingVerdict::Conditional:
      return "allowed under a condition";
    case CrossingVerdict::Refused:
      return "REFUSED";
  }
  return "";
}

std::string places(const std::vector<Place>& at) {
  std::vector<std::string> texts;
  for (const Place& place : at) texts.push_back(bh::print(place));
  return fmt::format("{}", fmt::join(texts, ", "));
}

// In brief only how many there are: a program of some size has dozens, and none of them is a
// finding.
void print_indirect(const ComponentResult& c, Detail detail, std::string& out) {
  auto to = std::back_inserter(out);
  if (detail == Detail::Brief) {
    if (!c.indirect.empty())
      fmt::format_to(
          to, "  pointers  {} calls through pointers, each resolved (--verbose lists them)\n",
          c.indirect.size());
    return;
  }
  for (const IndirectUse& i : c.indirect) {
    const std::string targets = fmt::format("{}", fmt::join(i.targets, ", "));
    fmt::format_to(to, "  pointer   {} in {} through {}: {} [{}]\n", bh::print(i.at), i.caller,
                   i.through, targets.empty() ? "nothing" : targets, i.certainty);
  }
}

void print_component(const ComponentResult& c, const Model& model, Detail detail,
                     std::string& out) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{}\n", model.components[c.component].name);
  fmt::format_to(to,
                 "  code      {} files, {} failed; {} of {} functions reached ({} lines), {} "
                 "functions outside\n",
                 c.units, c.failed_units.size(), c.reached_functions, c.functions, c.reached_lines,
                 c.externals);
  for (const Crossing& x : c.crossings) {
    std::string by = x.rule.valid() ? fmt::format(" by {}", model.rules[x.rule].name) : "";
    fmt::format_to(to, "  crossing  {} -> {}  {}{}  {} in {}\n", model.components[x.from].name,
                   bh::print(model, x.operation), print(x.verdict), by, bh::print(x.at), x.caller);
  }
  for (const HandlerUse& h : c.handlers)
    fmt::format_to(to, "  serves    {}  {} ({})\n", bh::print(model, h.operation), h.function,
                   bh::print(h.defined));
  for (const AssumptionUse& a : c.assumptions) {
    fmt::format_to(to, "  assumed   {}: decided {} branches; because \"{}\"\n", a.text, a.branches,
                   a.because);
    if (!a.contradicted.empty())
      fmt::format_to(to, "            contradicted at {}\n", places(a.contradicted));
    if (!a.elsewhere.empty())
      fmt::format_to(to, "            another value is stored elsewhere in the program: {}\n",
                     places(a.elsewhere));
  }
  print_indirect(c, detail, out);
  for (const UnresolvedUse& u : c.unresolved)
    fmt::format_to(to, "  undecided {} in {} through {}: {}\n", bh::print(u.at), u.caller,
                   u.through, u.reason);
  for (const Place& at : c.assembly) fmt::format_to(to, "  assembly  {}\n", bh::print(at));
}

nlohmann::ordered_json json(const Place& at) {
  return {{"file", at.file}, {"line", at.line}, {"column", at.column}};
}

nlohmann::ordered_json json(const std::vector<Place>& places_) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Place& at : places_) list.push_back(json(at));
  return list;
}

nlohmann::ordered_json json(const Crossing& x, const Model& model) {
  nlohmann::ordered_json j = {{"from", model.components[x.from].name},
                              {"operation", bh::print(model, x.operation)},
                              {"function", x.function},
                              {"caller", x.caller},
                              {"at", json(x.at)},
                              {"verdict", print(x.verdict)}};
  if (x.rule.valid()) j["rule"] = model.rules[x.rule].name;
  return j;
}

nlohmann::ordered_json json(const ComponentResult& c, const Model& model) {
  nlohmann::ordered_json j = {{"component", model.components[c.component].name},
                              {"units", c.units},
                              {"failed_units", c.failed_units},
                              {"functions", c.functions},
                              {"reached_functions", c.reached_functions},
                              {"reached_lines", c.reached_lines},
                              {"externals", c.externals}};
  j["crossings"] = j["handlers"] = j["assumptions"] = nlohmann::ordered_json::array();
  j["indirect"] = j["unresolved"] = nlohmann::ordered_json::array();
  for (const Crossing& x : c.crossings) j["crossings"].push_back(json(x, model));
  for (const HandlerUse& h : c.handlers)
    j["handlers"].push_back({{"operation", bh::print(model, h.operation)},
                             {"function", h.function},
                             {"at", json(h.defined)}});
  for (const AssumptionUse& a : c.assumptions)
    j["assumptions"].push_back({{"assumption", a.text},
                                {"because", a.because},
                                {"branches", a.branches},
                                {"contradicted", json(a.contradicted)},
                                {"elsewhere", json(a.elsewhere)}});
  for (const IndirectUse& i : c.indirect)
    j["indirect"].push_back({{"at", json(i.at)},
                             {"caller", i.caller},
                             {"through", i.through},
                             {"certainty", i.certainty},
                             {"targets", i.targets}});
  for (const UnresolvedUse& u : c.unresolved)
    j["unresolved"].push_back(
        {{"at", json(u.at)}, {"caller", u.caller}, {"through", u.through}, {"reason", u.reason}});
  j["assembly"] = json(c.assembly);
  return j;
}

}  // namespace

std::string print(const ValidationResult& result, const Model& model, Detail detail) {
  std::string out;
  size_t crossings = 0, undecided = 0;
  for (const ComponentResult& component : result.components) {
    print_component(component, model, detail, out);
    crossings += component.crossings.size();
    undecided += component.unresolved.size();
  }
  return out + fmt::format("components: {}, crossings: {}, calls undecided: {}\n",
                           result.components.size(), crossings, undecided);
}

std::string print_json(const ValidationResult& result, const Model& model) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ComponentResult& component : result.components) list.push_back(json(component, model));
  return nlohmann::ordered_json{{"components", list}}.dump(
      2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace bh

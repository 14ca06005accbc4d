#include "driver/report/impact_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/counted.h"
#include "driver/report/impact_words.h"
#include "solver/reference/print.h"

namespace bh {

namespace {

using Json = nlohmann::ordered_json;

class ImpactReport {
 public:
  ImpactReport(const LoadedPolicy& policy, const SettingsImpact& result)
      : policy_(policy),
        model_(**policy.model),
        impact_(result.impact),
        settings_(result.settings) {}

  std::string text() const {
    std::string text = "break-in at " + joined(impact_.compromised, true) + "\n";
    if (settings_.size() > 1)
      text += fmt::format("all {} settings of the variants of policy '{}' put together\n",
                          settings_.size(), model_.name);
    text += requests() + reaches("influences", impact_.influenced, InfluenceNote) +
            levels(LatticeKind::Integrity, "taints", impact_.influenced) + asked() +
            reaches("reads the data of", impact_.read, "") +
            levels(LatticeKind::Secrecy, "has", impact_.read) + held() +
            reaches("can pass what it has to", impact_.told, "") +
            guards("stopped by", "cuts", impact_.stopped) +
            guards("void", "no longer cuts", impact_.voided) + trusted() + properties() + rules();
    if (impact_.undecided) text += "\nundecided: the solver gave up on what is marked 'perhaps'\n";
    return text;
  }

  std::string json() const {
    Json document = {{"version", 1},
                     {"command", "impact"},
                     {"policy", model_.name},
                     {"release", model_.version},
                     {"compromised", Json::array()},
                     {"settings", settings_}};
    for (ComponentId id : impact_.compromised) document["compromised"].push_back(name(id));
    document["requests"] = Json::array();
    for (const ImpactRequest& request : impact_.requests)
      document["requests"].push_back(request_json(request));
    document["influenced"] = reaches_json(impact_.influenced);
    document["asked"] = Json::array();
    for (const ImpactAsked& asked : impact_.asked) document["asked"].push_back(asked_json(asked));
    document["read"] = reaches_json(impact_.read);
    document["told"] = reaches_json(impact_.told);
    document["levels_read"] = levels_json(LatticeKind::Secrecy, impact_.read);
    document["levels_influenced"] = levels_json(LatticeKind::Integrity, impact_.influenced);
    document["stopped_by"] = guards_json(impact_.stopped);
    document["void"] = guards_json(impact_.voided);
    document["trusted"] = Json::array();
    for (const ImpactTrusted& trusted : impact_.trusted) {
      document["trusted"].push_back({{"component", name(trusted.component)},
                                     {"trusted_by", trusted.by},
                                     {"reached", print(trusted.how)}});
    }
    document["properties"] = Json::array();
    for (const ImpactProperty& property : impact_.properties)
      document["properties"].push_back(property_json(property));
    document["other_properties"] = impact_.other_properties;
    document["rules"] = Json::array();
    for (const ImpactRule& rule : impact_.rules) document["rules"].push_back(rule_json(rule));
    document["rules_untried"] = impact_.rules_untried;
    document["undecided"] = impact_.undecided;
    return document.dump(2) + "\n";
  }

 private:
  static constexpr std::string_view InfluenceNote =
      "each may then issue any request that it is granted";

  // ---- words

  const std::string& name(ComponentId id) const { return model_.components[id].name; }

  std::string labels(ComponentId id) const {
    std::string text;
    for (LatticeId lattice : model_.lattices.ids()) {
      const uint32_t level = model_.components[id].labels[lattice.value];
      text += (text.empty() ? "" : ", ") + model_.lattices[lattice].levels[level].name;
    }
    return text;
  }

  // "Journal (object, secret, trusted)"
  std::string described(ComponentId id) const {
    std::string text = model_.components[id].kind == ComponentKind::Object ? "object" : "";
    const std::string levels = labels(id);
    if (!text.empty() && !levels.empty()) text += ", ";
    text += levels;
    return text.empty() ? name(id) : name(id) + " (" + text + ")";
  }

  std::string joined(const std::vector<ComponentId>& ids, bool with_labels) const {
    std::string text;
    for (ComponentId id : ids)
      text += (text.empty() ? "" : " and ") + (with_labels ? described(id) : name(id));
    return text;
  }

  std::string place(Span span) const {
    if (!span.valid()) return "";
    const SourceFile& file = policy_.sources[span.file];
    return fmt::format("{}:{}", file.path(), file.position(span.begin).line);
  }

  std::string rule(RuleId id) const {
    return model_.rules[id].name + " " + place(model_.rules[id].span);
  }

  std::string notes(bool sure, const std::vector<uint32_t>& in) const {
    std::string text = sure ? "" : "  perhaps";
    if (in.empty()) return text;
    std::vector<std::string> names;
    for (uint32_t setting : in)
      names.push_back(settings_[setting].empty() ? "the standard setting" : settings_[setting]);
    return text + fmt::format("  only with {}", fmt::join(names, " or "));
  }

  static std::string_view print(ImpactTrusted::How how) {
    switch (how) {
      case ImpactTrusted::How::Untouched:
        return "untouched";
      case ImpactTrusted::How::Asked:
        return "asked";
      case ImpactTrusted::How::Influenced:
        return "influenced";
      case ImpactTrusted::How::Compromised:
        return "compromised";
    }
    BH_CHECK(false);
  }

  std::string path(const std::vector<FlowStep>& steps) const {
    std::string text;
    for (const FlowStep& step : steps) {
      if (text.empty()) text = name(step.from);
      text += fmt::format(" -> {} ({}, by {})", name(step.to), bh::print(model_, step.item),
                          model_.rules[step.rule].name);
    }
    return text;
  }

  // ---- sections

  std::string requests() const {
    std::string text = fmt::format("\ncan itself be granted {} of {}\n", impact_.requests.size(),
                                   counted(model_.operations.size(), "operation", "operations"));
    AlignedRows rows;
    const bool several = impact_.compromised.size() > 1;
    for (const ImpactRequest& request : impact_.requests) {
      std::string what = bh::print(model_, request.operation);
      if (several) what = name(request.subject) + " -> " + what;
      std::vector<std::string> by;
      for (RuleId id : request.rules) by.push_back(rule(id));
      rows.add({what, request.region.empty() ? "any arguments" : request.region,
                fmt::format("by {}{}{}", fmt::join(by, ", "), before(request.trace),
                            notes(request.sure, request.settings))});
    }
    return text + rows.print();
  }

  std::string before(const Trace& trace) const {
    if (trace.size() <= 1) return "";
    constexpr size_t StepsShown = 4;
    std::string text = "  after ";
    for (size_t i = 0; i + 1 < trace.size() && i < StepsShown; ++i)
      text += (i > 0 ? ", then " : "") + bh::print(model_, trace[i]);
    if (trace.size() > StepsShown + 1)
      text += fmt::format(", and {} more", trace.size() - StepsShown - 1);
    return text;
  }

  std::string others(size_t count) const {
    const size_t all = model_.components.size() - impact_.compromised.size();
    return fmt::format("{} of {}", count,
                       counted(all, "other component or object", "other components and objects"));
  }

  std::string reaches(std::string_view verb, const std::vector<ImpactReach>& list,
                      std::string_view note) const {
    std::string text = fmt::format("\n{} {}", verb, others(list.size()));
    if (!note.empty() && !list.empty()) text += fmt::format("; {}", note);
    AlignedRows rows;
    for (const ImpactReach& reach : list) {
      std::string step = bh::print(model_, reach.last);
      if (!reach.region.empty()) step += "  when " + reach.region;
      if (!reach.above.empty()) step += "  " + reach.above + " data comes there";
      rows.add({counted(reach.steps, "step", "steps"), described(reach.component),
                step + notes(reach.sure, reach.settings)});
    }
    return text + "\n" + rows.print();
  }

  std::string asked() const {
    if (impact_.asked.empty()) return "";
    AlignedRows rows;
    for (const ImpactAsked& asked : impact_.asked) {
      rows.add({counted(asked.steps, "step", "steps"), described(asked.component),
                fmt::format("{} -> {}{}", name(asked.by), bh::print(model_, asked.operation),
                            notes(asked.sure, asked.settings))});
    }
    return fmt::format("\nhas requests carried out by {} more, without influence on {}\n{}",
                       impact_.asked.size(), impact_.asked.size() == 1 ? "it" : "them",
                       rows.print());
  }

  // The levels of the compromised components and of those in the list: "public, secret".
  std::vector<std::string> levels_of(LatticeId id, const std::vector<ImpactReach>& list) const {
    const Lattice& lattice = model_.lattices[id];
    std::vector<bool> has(lattice.levels.size());
    const auto mark = [&](ComponentId component) {
      has[model_.components[component].labels[id.value]] = true;
    };
    for (ComponentId component : impact_.compromised) mark(component);
    for (const ImpactReach& reach : list) mark(reach.component);
    std::vector<std::string> names;
    for (uint32_t level = 0; level < has.size(); ++level) {
      if (has[level]) names.push_back(lattice.levels[level].name);
    }
    return names;
  }

  std::string levels(LatticeKind kind, std::string_view what,
                     const std::vector<ImpactReach>& list) const {
    std::string text;
    for (LatticeId id : model_.lattices.ids()) {
      if (model_.lattices[id].kind != kind) continue;
      text += fmt::format("  {} of what it {}, its own included: {}\n", model_.lattices[id].name,
                          what, fmt::join(levels_of(id, list), ", "));
    }
    return text;
  }

  // What the program's variables hold.
  std::string held() const {
    std::string text;
    for (const CodeMap& code : model_.code) {
      if (!obtains(code.component)) continue;
      for (const CodeHold& hold : code.holds) {
        text += fmt::format("  {} holds {}: {}\n", name(code.component), hold.variable,
                            model_.lattices[hold.lattice].levels[hold.level].name);
      }
    }
    return text;
  }

  bool obtains(ComponentId id) const {
    const auto& own = impact_.compromised;
    return std::find(own.begin(), own.end(), id) != own.end() ||
           std::any_of(impact_.read.begin(), impact_.read.end(),
                       [&](const ImpactReach& reach) { return reach.component == id; });
  }

  static std::string_view keyword(const Release& release) {
    return release.kind == ReleaseKind::Release ? "release" : "endorse";
  }

  std::string guards(std::string_view title, std::string_view verb,
                     const std::vector<ImpactGuard>& list) const {
    if (list.empty()) return "";
    AlignedRows rows;
    for (const ImpactGuard& guard : list) {
      const Release& release = model_.releases[guard.release];
      rows.add({fmt::format("{} {}", keyword(release), release.name), place(release.span),
                "of " + name(guard.component),
                fmt::format("{} {}{}", verb, bh::print(model_, guard.step),
                            notes(true, guard.settings))});
    }
    return fmt::format("\n{}\n{}", title, rows.print());
  }

  std::string trusted() const {
    if (impact_.trusted.empty()) return "";
    AlignedRows rows;
    for (const ImpactTrusted& trusted : impact_.trusted) {
      rows.add({std::string(print(trusted.how)), name(trusted.component),
                fmt::format("trusted by {}", fmt::join(trusted.by, ", "))});
    }
    return "\ntrusted base\n" + rows.print();
  }

  static std::string_view fate(const ImpactProperty& property) {
    if (property.before == Verdict::Violated) return "violated anyway";
    switch (property.after) {
      case Verdict::Proved:
        return "still holds";
      case Verdict::Violated:
        return "falls";
      case Verdict::Unknown:
        return "undecided";
    }
    BH_CHECK(false);
  }

  std::string properties() const {
    AlignedRows rows;
    std::vector<std::string> hold;
    for (const ImpactProperty& property : impact_.properties) {
      if (property.after == Verdict::Proved && property.before == Verdict::Proved) {
        hold.push_back(model_.properties[property.property].name);
        continue;
      }
      std::string how = path(property.path);
      if (!property.relied_on.empty())
        how = "relied on " + joined(property.relied_on, false) + (how.empty() ? "" : ":  ") + how;
      rows.add({std::string(fate(property)), model_.properties[property.property].name,
                how + notes(true, property.settings)});
    }
    constexpr size_t NamesShown = 12;
    if (hold.size() > NamesShown) {
      rows.add({"still hold",
                fmt::format("{} of {} about flow", hold.size(), impact_.properties.size())});
    } else if (!hold.empty()) {
      rows.add({hold.size() > 1 ? "still hold" : "still holds",
                fmt::format("{}", fmt::join(hold, ", "))});
    }
    std::string text = impact_.properties.empty() && impact_.other_properties == 0
                           ? ""
                           : "\nproperties\n" + rows.print();
    if (impact_.other_properties > 0) {
      text += fmt::format(
          "  {} about what components can be granted at their worst: a break-in "
          "changes nothing\n",
          impact_.properties.empty()
              ? fmt::format("all {} are", impact_.other_properties)
              : fmt::format("{} {}", counted(impact_.other_properties, "other", "others"),
                            impact_.other_properties == 1 ? "is" : "are"));
    }
    return text;
  }

  std::string rules() const {
    if (impact_.rules.empty()) return "";
    AlignedRows rows;
    for (const ImpactRule& rule : impact_.rules) {
      std::vector<std::string> gains;
      const auto gain = [&](size_t count, std::string_view verb) {
        if (count > 0) gains.push_back(fmt::format("{} {} fewer", verb, count));
      };
      gain(rule.influenced, "influences");
      gain(rule.read, "reads");
      gain(rule.told, "passes to");
      gain(rule.requests, "is granted");
      for (PropertyId id : rule.properties)
        gains.push_back(model_.properties[id].name + " holds again");
      rows.add({model_.rules[rule.rule].name, place(model_.rules[rule.rule].span),
                fmt::format("{}", fmt::join(gains, ", "))});
    }
    std::string text = "\nwithout one of these rules it reaches least\n" + rows.print();
    if (impact_.rules_untried > 0)
      text += fmt::format("  {} more were not tried\n", impact_.rules_untried);
    return text;
  }

  // ---- json

  Json places(const std::vector<RuleId>& rules) const {
    Json list = Json::array();
    for (RuleId id : rules)
      list.push_back({{"name", model_.rules[id].name}, {"place", place(model_.rules[id].span)}});
    return list;
  }

  void add_settings(Json& to, const std::vector<uint32_t>& in) const {
    if (in.empty()) return;
    to["only_with"] = Json::array();
    for (uint32_t setting : in) to["only_with"].push_back(settings_[setting]);
  }

  Json request_json(const ImpactRequest& request) const {
    Json row = {
        {"subject", name(request.subject)}, {"operation", bh::print(model_, request.operation)},
        {"when", request.region},           {"rules", places(request.rules)},
        {"trace", Json::array()},           {"sure", request.sure}};
    for (const TraceStep& step : request.trace)
      row["trace"].push_back(print_with_reply(model_, step));
    add_settings(row, request.settings);
    return row;
  }

  Json step_json(const FlowStep& step) const {
    return {{"from", name(step.from)},
            {"to", name(step.to)},
            {"item", bh::print(model_, step.item)},
            {"rule", model_.rules[step.rule].name},
            {"place", place(model_.rules[step.rule].span)}};
  }

  Json reaches_json(const std::vector<ImpactReach>& list) const {
    Json result = Json::array();
    for (const ImpactReach& reach : list) {
      Json row = {{"component", name(reach.component)},
                  {"object", model_.components[reach.component].kind == ComponentKind::Object},
                  {"labels", labels(reach.component)},
                  {"steps", reach.steps},
                  {"step", step_json(reach.last)},
                  {"when", reach.region},
                  {"sure", reach.sure}};
      if (!reach.above.empty()) row["above_label"] = reach.above;
      add_settings(row, reach.settings);
      result.push_back(std::move(row));
    }
    return result;
  }

  // By lattice.
  Json levels_json(LatticeKind kind, const std::vector<ImpactReach>& list) const {
    Json result = Json::object();
    for (LatticeId id : model_.lattices.ids()) {
      if (model_.lattices[id].kind == kind) result[model_.lattices[id].name] = levels_of(id, list);
    }
    return result;
  }

  Json asked_json(const ImpactAsked& asked) const {
    Json row = {{"component", name(asked.component)},
                {"steps", asked.steps},
                {"by", name(asked.by)},
                {"operation", bh::print(model_, asked.operation)},
                {"sure", asked.sure}};
    add_settings(row, asked.settings);
    return row;
  }

  Json guards_json(const std::vector<ImpactGuard>& list) const {
    Json result = Json::array();
    for (const ImpactGuard& guard : list) {
      const Release& release = model_.releases[guard.release];
      Json row = {{"kind", keyword(release)},
                  {"name", release.name},
                  {"place", place(release.span)},
                  {"component", name(guard.component)},
                  {"step", step_json(guard.step)}};
      add_settings(row, guard.settings);
      result.push_back(std::move(row));
    }
    return result;
  }

  Json property_json(const ImpactProperty& property) const {
    Json row = {{"name", model_.properties[property.property].name},
                {"before", bh::print(property.before)},
                {"after", bh::print(property.after)},
                {"relied_on", Json::array()},
                {"path", Json::array()}};
    for (ComponentId id : property.relied_on) row["relied_on"].push_back(name(id));
    for (const FlowStep& step : property.path) row["path"].push_back(step_json(step));
    add_settings(row, property.settings);
    return row;
  }

  Json rule_json(const ImpactRule& rule) const {
    Json row = {{"name", model_.rules[rule.rule].name},
                {"place", place(model_.rules[rule.rule].span)},
                {"influenced", rule.influenced},
                {"read", rule.read},
                {"told", rule.told},
                {"requests", rule.requests},
                {"holds_again", Json::array()}};
    for (PropertyId id : rule.properties) row["holds_again"].push_back(model_.properties[id].name);
    return row;
  }

  const LoadedPolicy& policy_;
  const Model& model_;
  const Impact& impact_;
  const std::vector<std::string>& settings_;
};

}  // namespace

std::string print_impact(const LoadedPolicy& policy, const SettingsImpact& result) {
  return ImpactReport(policy, result).text();
}

std::string impact_json(const LoadedPolicy& policy, const SettingsImpact& result) {
  return ImpactReport(policy, result).json();
}

}  // namespace bh

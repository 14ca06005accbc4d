#include "driver/report/explain_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "solver/reference/print.h"

namespace bh {

namespace {

using Json = nlohmann::ordered_json;

std::string_view word_for(Can can) {
  switch (can) {
    case Can::Yes:
      return "yes";
    case Can::No:
      return "no";
    case Can::Unknown:
      return "unknown";
  }
  BH_CHECK(false);
}

class AnswerReport {
 public:
  AnswerReport(const LoadedPolicy& policy, const RequestQuestion& question,
               const RequestAnswer& answer)
      : model_(**policy.model),
        policy_(policy),
        question_(question),
        answer_(answer),
        explanation_(answer.explanation) {}

  std::string text() {
    if (answer_.in_state != Can::Yes) return unreachable();
    const bool granted = explanation_.decision.granted();
    text_ = fmt::format("{}  {}  {}\n", granted ? "granted" : "denied ",
                        print(model_, explanation_.request), because());
    if (!chosen().empty()) line("chosen", chosen());
    state();
    for (RuleId id : explanation_.allows) line("allow", rule(id));
    for (RuleId id : explanation_.denies) line("deny", rule(id));
    for (const ProtocolView& view : explanation_.protocols) line("protocol", protocol(view));
    for (size_t i = 0; i < explanation_.nearest.size(); ++i)
      line(i == 0 ? "nearest" : "", miss(explanation_.nearest[i]));
    const bool by_rules = !explanation_.allows.empty() && explanation_.denies.empty();
    if (!granted && by_rules) anywhere();
    if (!by_rules && !explanation_.protocols.empty())
      line("elsewhere", "the rules refuse it in every state");
    if (explanation_.widening) widening(*explanation_.widening);
    settings();
    return text_;
  }

  std::string json() const {
    Json document = {{"version", 1},
                     {"command", "explain"},
                     {"policy", model_.name},
                     {"release", model_.version},
                     {"request", print(model_, explanation_.request)},
                     {"chosen", chosen()},
                     {"in", question_.state},
                     {"state_reachable", word_for(answer_.in_state)}};
    if (!answer_.reason.empty()) document["reason"] = answer_.reason;
    if (answer_.in_state != Can::Yes) return document.dump(2) + "\n";
    document["granted"] = explanation_.decision.granted();
    document["decision"] = print(model_, explanation_.decision);
    document["before"] = steps(explanation_.before);
    document["rest_ms"] = explanation_.rest_ms;
    document["allows"] = rules(explanation_.allows);
    document["denies"] = rules(explanation_.denies);
    document["protocols"] = views(explanation_.protocols);
    document["nearest"] = Json::array();
    for (const NearMiss& near : explanation_.nearest)
      document["nearest"].push_back(miss_json(near));
    document["anywhere"] = {{"can", word_for(explanation_.anywhere.can)},
                            {"trace", steps(explanation_.anywhere.trace)},
                            {"protocols", views(explanation_.there)}};
    if (explanation_.widening) document["widening"] = widening_json(*explanation_.widening);
    document["settings"] = answer_.settings;
    document["otherwise"] = Json::array();
    for (const auto& [setting, decision] : answer_.otherwise)
      document["otherwise"].push_back(
          {{"setting", setting}, {"decision", print(model_, decision)}});
    return document.dump(2) + "\n";
  }

 private:
  void line(std::string_view title, const std::string& what) {
    text_ += fmt::format("  {:<9} {}\n", title, what);
  }

  std::string place(Span span) const {
    if (!span.valid()) return "";
    const SourceFile& file = policy_.sources[span.file];
    return fmt::format("{}:{}", file.path(), file.position(span.begin).line);
  }

  std::string rule(RuleId id) const {
    const Rule& r = model_.rules[id];
    return fmt::format("{}  {}{}", r.name, place(r.span),
                       r.condition_span.valid() ? "  " + policy_.sources.one_line(r.condition_span) : "");
  }

  std::string because() const {
    const Decision& decision = explanation_.decision;
    switch (decision.reason) {
      case Reason::Allowed:
        return "by " + model_.rules[decision.rule].name;
      case Reason::Denied:
        return "by " + model_.rules[decision.rule].name + ": a deny matched";
      case Reason::NoRule:
        return "by default: no allow matched";
      case Reason::Protocol:
        return "by " + model_.protocols[decision.protocol].name + ": not in this state";
      case Reason::OutOfRange:
        return "an argument is out of range";
    }
    BH_CHECK(false);
  }

  std::string unreachable() const {
    const std::string& caller = model_.components[explanation_.request.caller].name;
    if (answer_.in_state == Can::No) {
      return fmt::format("no granted requests lead '{}' into {}: the state cannot be reached\n",
                         caller, question_.state);
    }
    return fmt::format("whether '{}' can come into {} is undecided: {}\n", caller, question_.state,
                       answer_.reason);
  }

  std::string chosen() const {
    const Method& method = model_.method_of(explanation_.request.operation);
    std::vector<std::string> names;
    for (size_t i = 0; i < answer_.given.size() && i < explanation_.request.words.size(); ++i) {
      if (answer_.given[i]) continue;
      names.push_back(fmt::format(
          "{}: {}", method.parameters[i].name,
          print_word(model_, method.parameters[i].type, explanation_.request.words[i])));
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  void state() {
    if (question_.state.empty()) return;
    std::string way = explanation_.before.empty() ? "which is where it begins" : "after ";
    for (size_t i = 0; i < explanation_.before.size(); ++i)
      way += (i > 0 ? ", then " : "") + print(model_, explanation_.before[i]);
    if (explanation_.rest_ms > 0)
      way += fmt::format(", and then {} pass", print_milliseconds(explanation_.rest_ms));
    line("in", question_.state + ", " + way);
  }

  std::string protocol(const ProtocolView& view) const {
    const Protocol& p = model_.protocols[view.protocol];
    return fmt::format("{}  {}  in {}: {}", p.name, place(p.span), p.states[view.state].name,
                       view.permits ? "permits it" : view.why);
  }

  std::string miss(const NearMiss& near) const {
    std::vector<std::string> parts;
    for (const NearMiss::Short& part : near.short_of)
      parts.push_back(fmt::format("{}, needed {}", part.is, part.needed));
    const size_t count = near.short_of.size();
    return fmt::format("{}  {} condition{} short: {}", rule(near.rule), count,
                       count == 1 ? "" : "s", fmt::join(parts, "; "));
  }

  void anywhere() {
    const Reachability& way = explanation_.anywhere;
    switch (way.can) {
      case Can::No:
        line("elsewhere", "no state that can be reached permits it");
        return;
      case Can::Unknown:
        line("elsewhere", "undecided: " + way.reason);
        return;
      case Can::Yes:
        break;
    }
    std::vector<std::string> states;
    for (const ProtocolView& view : explanation_.there) {
      const Protocol& p = model_.protocols[view.protocol];
      states.push_back(p.name + "." + p.states[view.state].name);
    }
    std::string text = fmt::format("granted in {}", fmt::join(states, ", "));
    for (size_t i = 0; i + 1 < way.trace.size(); ++i)
      text += (i == 0 ? ", after " : ", then ") + print(model_, way.trace[i]);
    if (way.trace.back().wait_ms > 0)
      text += fmt::format(", {} later", print_milliseconds(way.trace.back().wait_ms));
    line("elsewhere", text);
  }

  void widening(const Widening& widening) {
    for (size_t i = 0; i < widening.edits.size(); ++i)
      line(i == 0 ? "to grant" : "", widening.edits[i]);
    if (!widening.granted) line("", "even then no state that can be reached permits it");
    for (PropertyId id : widening.broken) {
      const Property& p = model_.properties[id];
      line("breaks", fmt::format("{}  {}", p.name, place(p.span)));
    }
    for (const std::string& finding : widening.findings) line("breaks", finding);
    for (PropertyId id : widening.undecided) line("undecided", model_.properties[id].name);
    if (widening.broken.empty() && widening.findings.empty() && widening.undecided.empty())
      line("breaks", "nothing: every property that is proved now still is");
  }

  void settings() {
    if (answer_.settings == 1) return;
    if (answer_.otherwise.empty()) {
      line("variants", fmt::format("decided alike in all {} settings", answer_.settings));
    }
    for (const auto& [setting, decision] : answer_.otherwise) {
      line("variants", fmt::format("{} with {}", print(model_, decision),
                                   setting.empty() ? "the standard setting" : setting));
    }
  }

  // ---- json

  Json rules(const std::vector<RuleId>& ids) const {
    Json list = Json::array();
    for (RuleId id : ids)
      list.push_back({{"name", model_.rules[id].name}, {"place", place(model_.rules[id].span)}});
    return list;
  }

  Json steps(const Trace& trace) const {
    Json list = Json::array();
    for (const TraceStep& step : trace) list.push_back(print_with_reply(model_, step));
    return list;
  }

  Json views(const std::vector<ProtocolView>& list) const {
    Json result = Json::array();
    for (const ProtocolView& view : list) {
      const Protocol& p = model_.protocols[view.protocol];
      Json row = {{"name", p.name},
                  {"place", place(p.span)},
                  {"state", p.states[view.state].name},
                  {"permits", view.permits}};
      if (!view.permits) row["why"] = view.why;
      result.push_back(std::move(row));
    }
    return result;
  }

  Json miss_json(const NearMiss& near) const {
    Json row = {{"rule", model_.rules[near.rule].name},
                {"place", place(model_.rules[near.rule].span)},
                {"operation", print(model_, near.operation)},
                {"short_of", Json::array()}};
    for (const NearMiss::Short& part : near.short_of)
      row["short_of"].push_back({{"is", part.is}, {"needed", part.needed}});
    return row;
  }

  Json widening_json(const Widening& widening) const {
    Json row = {{"edits", widening.edits},
                {"granted", widening.granted},
                {"breaks", Json::array()},
                {"undecided", Json::array()},
                {"findings", widening.findings}};
    for (PropertyId id : widening.broken) row["breaks"].push_back(model_.properties[id].name);
    for (PropertyId id : widening.undecided) row["undecided"].push_back(model_.properties[id].name);
    return row;
  }

  const Model& model_;
  const LoadedPolicy& policy_;
  const RequestQuestion& question_;
  const RequestAnswer& answer_;
  const RequestExplanation& explanation_;
  std::string text_;
};

}  // namespace

std::string print_answer(const LoadedPolicy& policy, const RequestQuestion& question,
                         const RequestAnswer& answer) {
  return AnswerReport(policy, question, answer).text();
}

std::string answer_json(const LoadedPolicy& policy, const RequestQuestion& question,
                        const RequestAnswer& answer) {
  return AnswerReport(policy, question, answer).json();
}

}  // namespace bh

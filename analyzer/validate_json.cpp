#include <nlohmann/json.hpp>

#include "analyzer/validate.h"

namespace bh {
namespace {

using Json = nlohmann::ordered_json;

Json json(const Place& at) { return {{"file", at.file}, {"line", at.line}, {"column", at.column}}; }

template <class T, class Show>
Json list(const std::vector<T>& from, Show show) {
  Json found = Json::array();
  for (const T& one : from) found.push_back(show(one));
  return found;
}

Json json(const std::vector<Place>& places) {
  return list(places, [](const Place& at) { return json(at); });
}

Json json(const Crossing& x, const Model& model) {
  Json j = {{"from", model.components[x.from].name},
            {"operation", print(model, x.operation)},
            {"function", x.function},
            {"caller", x.caller},
            {"at", json(x.at)},
            {"verdict", print(x.verdict)}};
  if (x.rule.valid()) j["rule"] = model.rules[x.rule].name;
  return j;
}

Json json(const CodeGap& gap) {
  Json j = {{"kind", print(gap.kind)},
            {"at", json(gap.at)},
            {"function", gap.function},
            {"subject", gap.subject},
            {"reason", gap.reason}};
  if (!gap.accepted.empty()) j["accepted"] = gap.accepted;
  return j;
}

Json json(const AssumptionUse& a) {
  return {{"assumption", a.text},
          {"because", a.because},
          {"branches", a.branches},
          {"contradicted", json(a.contradicted)},
          {"elsewhere", json(a.elsewhere)}};
}

Json json(const IndirectUse& i) {
  return {{"at", json(i.at)},
          {"caller", i.caller},
          {"through", i.through},
          {"certainty", i.certainty},
          {"targets", i.targets}};
}

Json json(const PrivilegeUse& p) {
  return {{"right", print(p.privilege)},
          {"function", p.function},
          {"at", json(p.at)},
          {"path", p.path}};
}

Json json(const CommonVariable& s, const Model& model) {
  Json j = {{"with", model.components[s.other].name},
            {"variable", s.variable},
            {"written", json(s.written)},
            {"used", json(s.touched)}};
  if (!s.because.empty()) j["because"] = s.because;
  return j;
}

Json json(const ComponentResult& c, const Model& model) {
  Json j = {{"component", model.components[c.component].name},
            {"units", c.units},
            {"failed_units", c.failed_units},
            {"functions", c.functions},
            {"linked_lines", c.linked_lines},
            {"reached_functions", c.reached_functions},
            {"reached_lines", c.reached_lines},
            {"externals", c.externals}};
  j["crossings"] = list(c.crossings, [&](const Crossing& x) { return json(x, model); });
  j["unused_grants"] = list(c.unused_grants, [&](const UnusedGrant& u) {
    return Json{{"rule", model.rules[u.rule].name},
                {"operation", print(model, u.operation)},
                {"undecided", u.undecided}};
  });
  j["handlers"] = list(c.handlers, [&](const HandlerUse& h) {
    return Json{{"operation", print(model, h.operation)},
                {"function", h.function},
                {"at", json(h.defined)}};
  });
  j["assumptions"] = list(c.assumptions, [](const AssumptionUse& a) { return json(a); });
  j["obligations"] = list(c.obligations, [](const ObligationResult& o) {
    return Json{{"obligation", o.text}, {"calls", o.calls}, {"missed", o.missed}};
  });
  j["shared"] = list(c.shared, [&](const CommonVariable& s) { return json(s, model); });
  j["privileges"] = list(c.privileges, [](const PrivilegeUse& p) { return json(p); });
  j["indirect"] = list(c.indirect, [](const IndirectUse& i) { return json(i); });
  j["gaps"] = list(c.gaps, [](const CodeGap& gap) { return json(gap); });
  return j;
}

}  // namespace

std::string print_json(const ValidationResult& result, const Model& model) {
  const Json components =
      list(result.components, [&](const ComponentResult& c) { return json(c, model); });
  return Json{{"components", components}}.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bh

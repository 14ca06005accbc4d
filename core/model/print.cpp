#include "core/model/print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bh {

namespace {

std::string one_or_braced(const std::vector<std::string>& names) {
  if (names.size() == 1) return names[0];
  return names.empty() ? "{ }" : fmt::format("{{ {} }}", fmt::join(names, ", "));
}

class Printer {
 public:
  explicit Printer(const Model& model) : m_(model) {}
  std::string run();
  std::string named(std::string_view name);
  std::string only(const Test& one) {
    test(one);
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  void type(const Type& type);
  void lattice(const Lattice& lattice);
  void interface(const Interface& interface);
  void component(const Component& component);
  bool is_instances(const Group& group) const;
  void group(const Group& group);
  void variant(const Variant& variant);
  bool repeats(ProtocolId id) const;
  void release(const Release& release);
  void rule(const Rule& rule);
  void protocol(const Protocol& protocol);
  void property(const Property& property);
  void test(const Test& test);
  void monitor(const MonitorTarget& target);
  void selinux(const SelinuxTarget& target);

  std::string parameters(const std::vector<Parameter>& list) const;
  std::string components(const std::vector<ComponentId>& ids) const;
  std::string operations(const std::vector<OperationId>& ids) const;
  std::string targets(const std::vector<ConditionalOperation>& list) const;
  std::string target(const ConditionalOperation& target) const;
  void audit(const Audit& audit);
  std::string condition(const std::vector<ConditionalOperation>& targets) const;
  std::string because(const std::string& reason) const {
    return reason.empty() ? "" : "\n    because " + print_string(reason);
  }
  std::string arguments(const Request& request) const;
  std::string cited(RuleId rule, ProtocolId protocol) const {
    return rule.valid() ? m_.rules[rule].name : m_.protocols[protocol].name;
  }

  const Model& m_;
  std::string text_;
};

// ---- vocabulary -----------------------------------------------------------------------------

// Inline types bear their own text as their name and need no declaration.
bool is_inline(const Type& type) {
  return type.name.find_first_of("[ ") != std::string::npos || type.name == "bool" ||
         type.name == "u8" || type.name == "u16" || type.name == "u32" || type.name == "u64";
}

std::string integer_text(const IntervalSet& domain) {
  const uint64_t high = domain.intervals().back().high;
  const auto [name, maximum] =
      high <= UINT8_MAX    ? std::pair<std::string, uint64_t>("u8", UINT8_MAX)
      : high <= UINT16_MAX ? std::pair<std::string, uint64_t>("u16", UINT16_MAX)
      : high <= UINT32_MAX ? std::pair<std::string, uint64_t>("u32", UINT32_MAX)
                           : std::pair<std::string, uint64_t>("u64", UINT64_MAX);
  if (domain == IntervalSet::range(0, maximum)) return name;
  const Interval first = domain.intervals()[0];
  const bool one_range = domain.intervals().size() == 1 && first.low != first.high;
  return name + " in " + (one_range ? fmt::format("{}..{}", first.low, first.high) : print(domain));
}

void Printer::type(const Type& type) {
  if (is_inline(type) || type.domain.empty()) return;
  const Interval first = type.domain.intervals()[0];
  switch (type.kind) {
    case TypeKind::Bool:
      line("type {} = bool", type.name);
      return;
    case TypeKind::Integer:
      line("type {} = {}", type.name, integer_text(type.domain));
      return;
    case TypeKind::Enum:
      line("enum {} {{ {} }}", type.name, fmt::join(type.enumerators, ", "));
      return;
    case TypeKind::Bytes:
      line("type {} = bytes[{}..{}]", type.name, first.low, first.high);
      return;
  }
}

// Whether a < b with nothing between them.
bool covers(const Lattice& lattice, size_t a, size_t b) {
  if (a == b || !lattice.below[a][b]) return false;
  for (size_t c = 0; c < lattice.levels.size(); ++c) {
    if (c != a && c != b && lattice.below[a][c] && lattice.below[c][b]) return false;
  }
  return true;
}

void Printer::lattice(const Lattice& lattice) {
  std::vector<std::string> chains;
  for (const Level& level : lattice.levels) chains.push_back(level.name);
  const size_t n = lattice.levels.size();
  for (size_t a = 0; a < n; ++a) {
    for (size_t b = 0; b < n; ++b) {
      if (covers(lattice, a, b))
        chains.push_back(lattice.levels[a].name + " < " + lattice.levels[b].name);
    }
  }
  line("lattice {}: {} {{ {} }}", lattice.name,
       lattice.kind == LatticeKind::Secrecy ? "secrecy" : "integrity", fmt::join(chains, ", "));
}

std::string Printer::parameters(const std::vector<Parameter>& list) const {
  std::string text;
  for (const Parameter& p : list) {
    if (!text.empty()) text += ", ";
    text += p.name + ": " + (p.type.valid() ? m_.types[p.type].name : "?");
    if (p.privacy == Privacy::Personal) text += " personal";
    if (p.privacy == Privacy::Secret) text += " secret";
  }
  return text;
}

void Printer::interface(const Interface& interface) {
  line("interface {} {{", interface.name);
  for (const MethodId id : interface.methods) {
    const Method& m = m_.methods[id];
    const std::string results = m.results.empty() ? "" : " -> " + parameters(m.results);
    line("    {} {}({}){}", m.kind == MethodKind::Call ? "call" : "event", m.name,
         parameters(m.parameters), results);
  }
  line("}}");
}

// Instances stand as one declaration, where the first of them is.
std::string declared_as(const Model& model, const Component& c) {
  const size_t bracket = c.name.find('[');
  if (bracket == std::string::npos) return c.name;
  if (c.name.substr(bracket) != "[0]") return "";
  const std::string prefix = c.name.substr(0, bracket + 1);
  const auto count =
      std::count_if(model.components.begin(), model.components.end(),
                    [&](const Component& other) { return other.name.starts_with(prefix); });
  return fmt::format("{}{}]", prefix, count);
}

bool Printer::is_instances(const Group& group) const {
  return !group.members.empty() && m_.components[group.members[0]].name == group.name + "[0]";
}

void Printer::component(const Component& c) {
  const std::string name = declared_as(m_, c);
  if (name.empty()) return;
  std::vector<std::string> parts;
  for (const LatticeId lattice : m_.lattices.ids()) {
    if (c.labels[lattice.value] >= m_.lattices[lattice].levels.size()) continue;
    const std::string& level = m_.lattices[lattice].levels[c.labels[lattice.value]].name;
    parts.push_back((parts.empty() ? "label " : ", ") + level);
  }
  const bool object = c.kind == ComponentKind::Object;
  std::string interface_of_object;
  for (const EndpointId id : c.endpoints) {
    const Endpoint& e = m_.endpoints[id];
    const std::string& interface = m_.interfaces[e.interface].name;
    if (object) {
      interface_of_object = ": " + interface;
    } else {
      const char* role = e.role == EndpointRole::Provides ? "provides" : "handles";
      parts.push_back(
          fmt::format("{}{} {}: {}", parts.empty() ? "" : "  ", role, e.name, interface));
    }
  }
  line("{} {}{} {{ {} }}", object ? "object" : "component", name, interface_of_object,
       fmt::join(parts, ""));
}

// ---- rules and releases ---------------------------------------------------------------------

std::string Printer::components(const std::vector<ComponentId>& ids) const {
  std::vector<std::string> names;
  for (const ComponentId id : ids) names.push_back(m_.components[id].name);
  return one_or_braced(names);
}

std::string Printer::operations(const std::vector<OperationId>& ids) const {
  std::vector<std::string> names;
  for (const OperationId id : ids) names.push_back(print(m_, id));
  return one_or_braced(names);
}

std::string Printer::target(const ConditionalOperation& target) const {
  const std::string path = print(m_, target.operation);
  switch (target.whose) {
    case Whose::Anyones:
      return path;
    case Whose::Own:
      return "self" + path.substr(m_.components[m_.owner_of(target.operation)].name.size());
    case Whose::Others:
      return "other " + path;
  }
  BH_CHECK(false);
}

std::string Printer::targets(const std::vector<ConditionalOperation>& list) const {
  std::vector<std::string> names;
  for (const ConditionalOperation& t : list) {
    std::string name = target(t);
    const bool own = t.whose == Whose::Own;
    if (!own || std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return one_or_braced(names);
}

std::string Printer::condition(const std::vector<ConditionalOperation>& targets) const {
  if (targets.empty()) return "";
  const auto of = [&](const ConditionalOperation& t) {
    return print(m_, m_.conditions, t.operation, t.when);
  };
  const auto given = [](const ConditionalOperation& t) { return t.when != Conditions::True; };
  const auto first = std::find_if(targets.begin(), targets.end(), given);
  if (first == targets.end()) return "";
  const std::string text = of(*first);
  std::string others;
  for (const ConditionalOperation& t : targets) {
    if (const std::string other = of(t); other != text) {
      others += fmt::format("\n    // for {}: {}", print(m_, t.operation), other);
    }
  }
  return text + others;
}

void Printer::rule(const Rule& rule) {
  const std::string when = condition(rule.targets);
  line("{} {}: {} -> {}{}{}{}", rule.kind == RuleKind::Allow ? "allow" : "deny", rule.name,
       components(rule.subjects), targets(rule.targets), when.empty() ? "" : " when ", when,
       because(rule.because));
}

void Printer::release(const Release& release) {
  std::vector<std::string> names;
  for (const DataItem& item : release.items) {
    const Method& m = m_.method_of(item.operation);
    names.push_back(print(m_, item.operation) + "." +
                    (item.is_result ? m.results : m.parameters)[item.index].name);
  }
  if (!release.lattice.valid()) return;
  const std::vector<Level>& levels = m_.lattices[release.lattice].levels;
  line("{} {}: {} {} => {}{}", release.kind == ReleaseKind::Release ? "release" : "endorse",
       release.name, one_or_braced(names), levels[release.from].name, levels[release.to].name,
       because(release.because));
}

// ---- protocols and properties ---------------------------------------------------------------

const char* outcome_word(Outcome outcome) {
  switch (outcome) {
    case Outcome::Granted:
      return "";
    case Outcome::Ok:
      return " ok";
    case Outcome::Error:
      return " error";
  }
  BH_CHECK(false);
}

void Printer::protocol(const Protocol& p) {
  if (!p.endpoint.valid()) return;
  const Endpoint& e = m_.endpoints[p.endpoint];
  const auto alike = std::count_if(m_.protocols.begin(), m_.protocols.end(),
                                   [&](const Protocol& other) { return other.name == p.name; });
  const std::string endpoint =
      alike > 1 ? m_.interfaces[e.interface].name
                : m_.components[e.owner].name + (e.name.empty() ? "" : "." + e.name);
  line("protocol {} on {} {} {{", p.name, endpoint,
       p.instances == InstanceKind::PerCaller ? "per caller" : "shared");
  for (const Transition& t : p.transitions) {
    const std::string limit = t.at_most ? fmt::format(" at most {}", *t.at_most) : "";
    std::string by;
    if (t.mover == Mover::Same) by = " by same";
    if (t.mover == Mover::Other) by = " by other";
    if (t.by) by = " by " + components(*t.by) + " ";
    line("    {}{} -{}{}{}-> {}{}", p.states[t.from].name, t.from == p.initial ? "*" : "",
         m_.methods[t.method].name, outcome_word(t.outcome), by, p.states[t.to].name, limit);
  }
  for (const State& state : p.states) {
    if (!state.timeout) continue;
    line("    {}{} -after {}ms-> {}", state.name, &state == &p.states[p.initial] ? "*" : "",
         state.timeout->milliseconds, p.states[state.timeout->to].name);
  }
  line("}}");
}

void Printer::property(const Property& property) {
  const std::string& name = property.name;
  if (const auto* never = std::get_if<NeverRequest>(&property.body)) {
    const std::string when = condition(never->targets);
    line("never {}: {} -> {}{}{}", name, components(never->subjects), targets(never->targets),
         when.empty() ? "" : " when ", when);
  } else if (const auto* flow = std::get_if<NeverFlow>(&property.body)) {
    std::vector<std::string> except;
    for (const ReleaseId id : flow->except) except.push_back(m_.releases[id].name);
    line("never {}: flow {} ~> {}{}{}", name, components(flow->from), components(flow->to),
         except.empty() ? "" : " except via ", fmt::join(except, ", "));
  } else if (const auto* before = std::get_if<NeverBefore>(&property.body)) {
    if (!before->first.valid()) return;
    line("never {}: {} without {}{} before{}", name, operations(before->operations),
         print(m_, before->first), outcome_word(before->first_outcome),
         before->by_anyone ? " by anyone" : "");
  } else if (const auto* require = std::get_if<Require>(&property.body)) {
    if (!require->subject.valid()) return;
    std::vector<std::string> steps;
    for (const ConditionalOperation& step : require->steps) {
      const std::string with = condition({step});
      steps.push_back(print(m_, step.operation) + (with.empty() ? "" : " with " + with));
    }
    line("require {}: {} can {}", name, m_.components[require->subject].name,
         fmt::join(steps, " then "));
  } else if (const auto* holds = std::get_if<Holds>(&property.body)) {
    line("holds {}: {} within {}", name, components(holds->subjects), operations(holds->within));
  } else if (const auto* separate = std::get_if<Separate>(&property.body)) {
    std::vector<std::string> duties;
    for (const Separate::Duty& duty : separate->duties)
      duties.push_back(operations(duty.operations));
    line("separate {}: {{ {} }}", name, fmt::join(duties, ", "));
  } else if (const auto* together = std::get_if<NeverState>(&property.body)) {
    std::vector<std::string> parts;
    for (const NeverState::Part& part : together->parts) {
      if (part.protocols.empty()) return;
      const Protocol& protocol = m_.protocols[part.protocols[0]];
      std::vector<std::string> states;
      for (const uint32_t state : part.states) states.push_back(protocol.states[state].name);
      parts.push_back(fmt::format("{}.{{{}}}", protocol.name, fmt::join(states, ", ")));
    }
    line("never {}: state {}", name, fmt::join(parts, " and "));
  } else if (const auto* base = std::get_if<TrustedBase>(&property.body)) {
    const std::string most =
        base->most_lines ? fmt::format(" at most {} lines", *base->most_lines) : "";
    line("tcb {}: {}{}", name, components(base->components), most);
  }
}

// ---- tests, code, targets -------------------------------------------------------------------

std::string Printer::arguments(const Request& request) const {
  const Method& method = m_.method_of(request.operation);
  std::vector<std::string> texts;
  for (size_t i = 0; i < request.words.size(); ++i) {
    texts.push_back(method.parameters[i].name + ": " +
                    print_word(m_, method.parameters[i].type, request.words[i]));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

void Printer::test(const Test& test) {
  // The name is kept as it stood between the quotes, escapes and all.
  std::vector<std::string> with;
  for (const Variant& v : m_.variants) {
    if (v.chosen != v.standard) with.push_back(v.name + " = " + print_word(m_, v.type, v.chosen));
  }
  line("test \"{}\"{}{} {{", test.name, with.empty() ? "" : " with ", fmt::join(with, ", "));
  for (const TestStep& s : test.steps) {
    const Request& request = s.step.request;
    if (!request.caller.valid() || !request.operation.valid()) continue;
    if (s.step.wait_ms != 0) line("    wait {}ms", s.step.wait_ms);
    const char* reply = !s.expect_granted                    ? ""
                        : s.step.reply == ReplyStatus::Error ? " replies error"
                                                             : " replies ok";
    std::string by;
    if (s.by_default) by = " by default";
    if (s.by_rule.valid() || s.by_protocol.valid()) by = " by " + cited(s.by_rule, s.by_protocol);
    line("    {} {} -> {}({}){}{}", s.expect_granted ? "allow" : "deny",
         m_.components[request.caller].name, print(m_, request.operation), arguments(request),
         reply, by);
  }
  line("}}");
}

std::string print_field(const AuditField& field) {
  switch (field.keep) {
    case AuditClass::Exact:
      return "exact";
    case AuditClass::Hashed:
      return "hashed";
    case AuditClass::Bucket:
      return fmt::format("bucket {}", field.bucket);
    case AuditClass::Omit:
      return "omit";
  }
  BH_CHECK(false);
}

void Printer::audit(const Audit& audit) {
  std::vector<std::string> fields = {"who " + print_field(audit.who),
                                     "what " + print_field(audit.what),
                                     "why " + print_field(audit.why)};
  if (audit.one_in != 1) fields.insert(fields.begin(), fmt::format("1 in {}", audit.one_in));
  if (audit.arguments) fields.push_back("arguments " + print_field(*audit.arguments));
  for (const Audit::Argument& a : audit.listed) {
    fields.push_back(a.parameter + " " + print_field(a.field));
  }
  const std::string of = audit.of == AuditOf::Denied    ? "denied"
                         : audit.of == AuditOf::Granted ? "granted"
                                                        : m_.rules[audit.rule].name;
  line("audit {} {{ {} }}{}", of, fmt::join(fields, ", "), because(audit.because));
}

void Printer::monitor(const MonitorTarget& target) {
  std::string items;
  if (target.budget_bytes) items += fmt::format(" budget {}", *target.budget_bytes);
  if (target.call_ms) items += fmt::format(" timeout {}ms", *target.call_ms);
  line("target monitor {{{} }}", items);
}

void Printer::selinux(const SelinuxTarget& target) {
  line("target selinux {{");
  for (const auto& t : target.types) {
    std::string text = fmt::format("{} = {}", m_.components[t.component].name, t.type);
    if (!t.role.empty()) text += " role " + t.role;
    if (t.program) text += " runs " + print_string(t.program->text);
    for (const NamedText& path : t.paths)
      text += (&path == &t.paths.front() ? " labels " : ", ") + print_string(path.text);
    line("    {}", text);
  }
  for (const auto& c : target.classes)
    line("    {} = class {}", m_.interfaces[c.interface].name, c.name);
  for (const auto& a : target.approximations) {
    if (!a.rule.valid() && !a.protocol.valid()) continue;
    if (a.protocol.valid() && repeats(a.protocol)) continue;
    line("    approximate {} because {}", cited(a.rule, a.protocol), print_string(a.because));
  }
  line("}}");
}

void Printer::group(const Group& group) {
  std::vector<std::string> names;
  for (const ComponentId id : group.members) names.push_back(m_.components[id].name);
  line("group {} = {{ {} }}", group.name, fmt::join(names, ", "));
}

void Printer::variant(const Variant& v) {
  if (!v.type.valid()) return;
  line("variant {}: {} = {}", v.name, m_.types[v.type].name, print_word(m_, v.type, v.standard));
}

// Of a protocol on an interface, all but the first.
bool Printer::repeats(ProtocolId id) const {
  return id.value > 0 && m_.protocols[ProtocolId(id.value - 1)].span == m_.protocols[id].span;
}

std::string Printer::named(std::string_view name) {
  for (const Type& t : m_.types) {
    if (t.name == name) type(t);
  }
  for (const Variant& v : m_.variants) {
    if (v.name == name) variant(v);
  }
  for (const Lattice& l : m_.lattices) {
    if (l.name == name) lattice(l);
  }
  for (const Interface& i : m_.interfaces) {
    if (i.name == name) interface(i);
  }
  for (const Component& c : m_.components) {
    if (c.name == name) component(c);
  }
  for (const Group& g : m_.groups) {
    if (g.name == name) group(g);
  }
  for (const Release& r : m_.releases) {
    if (r.name == name) release(r);
  }
  for (const Rule& r : m_.rules) {
    if (r.name == name) rule(r);
  }
  for (const ProtocolId id : m_.protocols.ids()) {
    if (m_.protocols[id].name == name && !repeats(id)) protocol(m_.protocols[id]);
  }
  for (const Property& p : m_.properties) {
    if (p.name == name) property(p);
  }
  for (const Audit& a : m_.audits) {
    if (a.rule.valid() && m_.rules[a.rule].name == name) audit(a);
  }
  return std::move(text_);
}

std::string Printer::run() {
  line("policy {} {}", m_.name, m_.version);
  for (const Type& t : m_.types) type(t);
  for (const Variant& v : m_.variants) variant(v);
  for (const Lattice& l : m_.lattices) lattice(l);
  for (const Interface& i : m_.interfaces) interface(i);
  for (const Component& c : m_.components) component(c);
  for (const Group& g : m_.groups) {
    if (!is_instances(g)) group(g);
  }
  for (const Release& r : m_.releases) release(r);
  for (const Rule& r : m_.rules) rule(r);
  for (const ProtocolId id : m_.protocols.ids()) {
    if (!repeats(id)) protocol(m_.protocols[id]);
  }
  for (const Property& p : m_.properties) property(p);
  for (const Test& t : m_.tests) test(t);
  for (const CodeMap& c : m_.code) text_ += print(m_, c);
  for (const Audit& a : m_.audits) audit(a);
  if (m_.monitor) monitor(*m_.monitor);
  if (m_.selinux) selinux(*m_.selinux);
  return std::move(text_);
}

}  // namespace

std::string print(const Model& model) { return Printer(model).run(); }

std::string print_statements(const Model& model, std::string_view name) {
  return Printer(model).named(name);
}

std::string print(const Model& model, const Test& test) { return Printer(model).only(test); }

}  // namespace bh

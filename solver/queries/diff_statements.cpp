// What two policies say besides what is granted: who there is, labels, releases, and the statements
// for other phases.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/model/print.h"
#include "solver/queries/diff_run.h"

namespace bh {

namespace {

class StatementDiff {
 public:
  explicit StatementDiff(DiffRun& run) : run_(run), a_(run.alignment) {}

  void run() {
    components();
    endpoints();
    methods();
    lattices();
    labels();
    releases();
    others();
  }

 private:
  const Model& before() const { return run_.model(DiffSide::Before); }
  const Model& after() const { return run_.model(DiffSide::After); }

  void add(ChangeKind kind, ChangeDirection direction, std::string what,
           std::vector<ChangeCause> causes = {}) {
    PolicyChange change;
    change.kind = kind;
    change.direction = direction;
    change.what = std::move(what);
    change.causes = std::move(causes);
    std::string meaning = change.what;
    run_.add(std::move(change), std::move(meaning));
  }

  // ---- who there is ----------------------------------------------------------------------------

  void components() {
    for (const DiffSide side : {DiffSide::After, DiffSide::Before}) {
      for (uint32_t c = 0; c < a_.components.size(); ++c) {
        if (a_.components.on_both(c) || !a_.components.at(side, c).valid()) continue;
        const Component& component = run_.model(side).components[a_.components.at(side, c)];
        add(ChangeKind::Vocabulary, ChangeDirection::Neither,
            fmt::format("{} '{}'", component.kind == ComponentKind::Object ? "object" : "component",
                        component.name),
            {{side, component.span, "", side == DiffSide::After ? "added" : "removed"}});
      }
    }
    for (uint32_t c = 0; c < a_.components.size(); ++c) {
      if (!a_.components.on_both(c)) continue;
      const Component& was = before().components[a_.components.before[c]];
      const Component& is = after().components[a_.components.after[c]];
      if (was.kind == is.kind) continue;
      add(ChangeKind::Vocabulary, ChangeDirection::Neither, fmt::format("'{}'", is.name),
          {{DiffSide::After, is.span, "",
            is.kind == ComponentKind::Object ? "is now an object" : "is now a component"}});
    }
  }

  void endpoints() {
    for (const DiffSide side : {DiffSide::After, DiffSide::Before}) {
      const Model& model = run_.model(side);
      for (uint32_t e = 0; e < a_.endpoints.size(); ++e) {
        if (a_.endpoints.on_both(e) || !a_.endpoints.at(side, e).valid()) continue;
        const Endpoint& endpoint = model.endpoints[a_.endpoints.at(side, e)];
        if (!a_.components.on_both(a_.components.joint(side, endpoint.owner))) continue;
        add(ChangeKind::Vocabulary, ChangeDirection::Neither,
            fmt::format("endpoint '{}.{}'", model.components[endpoint.owner].name, endpoint.name),
            {{side, endpoint.span, "", side == DiffSide::After ? "added" : "removed"}});
      }
    }
  }

  static std::string signature(const Model& model, const Method& method) {
    std::vector<std::string> parameters;
    for (const Parameter& p : method.parameters) {
      parameters.push_back(p.name + ": " + model.types[p.type].name);
    }
    return fmt::format("({})", fmt::join(parameters, ", "));
  }

  void methods() {
    std::set<std::string> told;
    const auto qualified = [](const Model& model, OperationId op) {
      const Method& method = model.method_of(op);
      return model.interfaces[method.interface].name + "." + method.name;
    };
    std::set<OperationId> changed[2];
    for (const auto& [was, is] : a_.changed_parameters) {
      changed[0].insert(was);
      changed[1].insert(is);
      const Method& old = before().method_of(was);
      const Method& now = after().method_of(is);
      const std::string what = fmt::format("parameters of '{}'", qualified(after(), is));
      if (!told.insert(what).second) continue;
      add(ChangeKind::Vocabulary, ChangeDirection::Neither, what,
          {{DiffSide::After, now.span, "",
            fmt::format("{} is now {}", signature(before(), old), signature(after(), now))}});
    }
    for (const DiffSide side : {DiffSide::After, DiffSide::Before}) {
      const Model& model = run_.model(side);
      for (uint32_t o = 0; o < a_.operations.size(); ++o) {
        const OperationId op = a_.operations.at(side, o);
        if (a_.operations.on_both(o) || !op.valid()) continue;
        if (changed[static_cast<size_t>(side)].contains(op)) continue;
        const EndpointId endpoint = model.operations[op].endpoint;
        if (!a_.endpoints.on_both(a_.endpoints.joint(side, endpoint))) continue;
        const std::string what = fmt::format("method '{}'", qualified(model, op));
        if (!told.insert(what).second) continue;
        add(ChangeKind::Vocabulary, ChangeDirection::Neither, what,
            {{side, model.method_of(op).span, "", side == DiffSide::After ? "added" : "removed"}});
      }
    }
  }

  // ---- labels ----------------------------------------------------------------------------------

  std::string order_of(const Lattice& lattice, const std::vector<uint32_t>* names_of_before,
                       const Lattice* old) const {
    std::set<std::string> pairs;
    const auto name = [&](uint32_t level) {
      if (!names_of_before || (*names_of_before)[level] == Alignment::Unmatched)
        return lattice.levels[level].name;
      return old->levels[(*names_of_before)[level]].name;
    };
    for (uint32_t x = 0; x < lattice.levels.size(); ++x) {
      for (uint32_t y = 0; y < lattice.levels.size(); ++y) {
        if (lattice.below[x][y]) pairs.insert(name(x) + "<" + name(y));
      }
    }
    return fmt::format("{} {}", static_cast<int>(lattice.kind), fmt::join(pairs, " "));
  }

  void lattices() {
    for (uint32_t l = 0; l < a_.lattices.size(); ++l) {
      if (!a_.lattices.on_both(l)) {
        const DiffSide side = a_.lattices.after[l].valid() ? DiffSide::After : DiffSide::Before;
        const Lattice& lattice = run_.model(side).lattices[a_.lattices.at(side, l)];
        add(ChangeKind::Label, ChangeDirection::Wider, fmt::format("lattice '{}'", lattice.name),
            {{side, lattice.span, "", side == DiffSide::After ? "added" : "removed"}});
        continue;
      }
      const Lattice& was = before().lattices[a_.lattices.before[l]];
      const Lattice& is = after().lattices[a_.lattices.after[l]];
      const std::string old = order_of(was, nullptr, nullptr);
      const std::string now = order_of(is, &a_.levels[a_.lattices.after[l].value], &was);
      if (old == now) continue;
      add(ChangeKind::Label, ChangeDirection::Wider, fmt::format("lattice '{}'", is.name),
          {{DiffSide::After, is.span, "", "its levels or their order changed"}});
    }
  }

  void labels() {
    for (uint32_t c = 0; c < a_.components.size(); ++c) {
      if (!a_.components.on_both(c)) continue;
      const Component& was = before().components[a_.components.before[c]];
      const Component& is = after().components[a_.components.after[c]];
      for (uint32_t l = 0; l < a_.lattices.size(); ++l) {
        if (!a_.lattices.on_both(l)) continue;
        const LatticeId old_id = a_.lattices.before[l];
        const LatticeId new_id = a_.lattices.after[l];
        const uint32_t old = was.labels[old_id.value];
        const uint32_t now = is.labels[new_id.value];
        if (a_.levels[new_id.value][now] == old) continue;
        add(ChangeKind::Label, ChangeDirection::Wider, fmt::format("label of '{}'", is.name),
            {{DiffSide::After, is.span, "",
              fmt::format("'{}' is now '{}'", before().lattices[old_id].levels[old].name,
                          after().lattices[new_id].levels[now].name)}});
      }
    }
  }

  // ---- releases --------------------------------------------------------------------------------

  std::string canonical(DiffSide side, const Release& release) const {
    std::set<std::string> items;
    for (const DataItem& item : release.items) {
      items.insert(fmt::format("{} {} {}", a_.operations.joint(side, item.operation),
                               item.is_result, item.index));
    }
    const auto level = [&](uint32_t own) -> std::string {
      const uint32_t old = side == DiffSide::Before ? own : a_.levels[release.lattice.value][own];
      return old == Alignment::Unmatched
                 ? run_.model(side).lattices[release.lattice].levels[own].name
                 : fmt::format("{}", old);
    };
    return fmt::format("{} {} {} {}", a_.lattices.joint(side, release.lattice), level(release.from),
                       level(release.to), fmt::join(items, ", "));
  }

  // "release signature_out: secret => public of 2 items"
  static std::string text_of(const Model& model, const Release& release) {
    const std::vector<Level>& levels = model.lattices[release.lattice].levels;
    return fmt::format("{} {}: {} => {}",
                       release.kind == ReleaseKind::Release ? "release" : "endorse", release.name,
                       levels[release.from].name, levels[release.to].name);
  }

  void releases() {
    std::map<std::string, ReleaseId> names;
    std::multimap<std::string, ReleaseId> left;  // by meaning
    for (ReleaseId id : before().releases.ids()) names.emplace(before().releases[id].name, id);
    std::vector<ReleaseId> added;
    std::set<ReleaseId> matched;
    for (ReleaseId id : after().releases.ids()) {
      const Release& release = after().releases[id];
      const auto found = names.find(release.name);
      if (found == names.end()) {
        added.push_back(id);
        continue;
      }
      matched.insert(found->second);
      const Release& old = before().releases[found->second];
      if (canonical(DiffSide::Before, old) == canonical(DiffSide::After, release)) continue;
      add_release(DiffSide::After, release, ChangeDirection::Wider, "changed");
    }
    for (ReleaseId id : before().releases.ids()) {
      if (matched.contains(id)) continue;
      left.emplace(canonical(DiffSide::Before, before().releases[id]), id);
    }
    for (ReleaseId id : added) {
      const Release& release = after().releases[id];
      const auto same = left.find(canonical(DiffSide::After, release));
      if (same == left.end()) {
        add_release(DiffSide::After, release, ChangeDirection::Wider, "added");
        continue;
      }
      run_.alignment.renamed.push_back(
          {RenamedKind::Release, before().releases[same->second].name, release.name});
      left.erase(same);
    }
    for (ReleaseId id : before().releases.ids()) {
      const bool gone = std::any_of(left.begin(), left.end(),
                                    [&](const auto& entry) { return entry.second == id; });
      if (gone) {
        add_release(DiffSide::Before, before().releases[id], ChangeDirection::Narrower, "removed");
      }
    }
  }

  void add_release(DiffSide side, const Release& release, ChangeDirection direction,
                   std::string_view how) {
    PolicyChange change;
    change.kind = ChangeKind::Trust;
    change.direction = direction;
    change.what = text_of(run_.model(side), release);
    change.causes = {{side, release.span, release.name, std::string(how)}};
    std::string meaning;
    for (const DataItem& item : release.items) {
      meaning += fmt::format("{} {} {}\n", print(run_.model(side), item.operation), item.is_result,
                             item.index);
    }
    run_.add(std::move(change), meaning + text_of(run_.model(side), release));
  }

  // ---- statements for other phases -------------------------------------------------------------

  // Tests, code, audit and targets alone, in the names of `after`.
  Model beside(DiffSide side) const {
    Model part = run_.model(side);
    part.properties = {};
    part.releases = {};
    part.groups = {};
    for (Rule& rule : part.rules) {
      rule.subjects.clear();
      rule.targets.clear();
    }
    if (side == DiffSide::After) return part;
    const auto rename = [](auto& store, const auto& joined, const auto& names) {
      for (uint32_t i = 0; i < joined.size(); ++i) {
        if (joined.on_both(i)) store[joined.before[i]].name = names[joined.after[i]].name;
      }
    };
    rename(part.components, a_.components, after().components);
    rename(part.endpoints, a_.endpoints, after().endpoints);
    for (uint32_t o = 0; o < a_.operations.size(); ++o) {
      if (!a_.operations.on_both(o)) continue;
      Method& method = part.methods[part.operations[a_.operations.before[o]].method];
      const Method& now = after().method_of(a_.operations.after[o]);
      method.name = now.name;
      const std::vector<uint32_t>& place = a_.words(o).place;
      for (size_t i = 0; i < place.size(); ++i) {
        method.parameters[i].name = now.parameters[place[i]].name;
      }
    }
    for (RuleId id : part.rules.ids()) {
      const RuleId now = run_.rules.counterpart(DiffSide::Before, id);
      if (now.valid()) part.rules[id].name = after().rules[now].name;
    }
    return part;
  }

  static bool says_anything(const Model& model) {
    return !model.tests.empty() || !model.code.empty() || !model.audits.empty() || model.monitor ||
           model.selinux;
  }

  // By its first line up to the brace, the whole statement.
  static std::map<std::string, std::string> statements(const Model& model) {
    std::map<std::string, std::string> result;
    const std::string text = print(model);
    std::string* current = nullptr;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      at = end + 1;
      const bool wanted = line.starts_with("test ") || line.starts_with("code ") ||
                          line.starts_with("audit ") || line.starts_with("target ");
      if (wanted) {
        current = &result[line.substr(0, line.rfind(" {"))];
        if (line.starts_with("audit ")) current = &result[line.substr(0, line.find(" {"))];
      } else if (!line.starts_with(" ") && line != "}") {
        current = nullptr;
      }
      if (current) *current += line + "\n";
    }
    return result;
  }

  void others() {
    if (!says_anything(before()) && !says_anything(after())) return;
    const auto was = statements(beside(DiffSide::Before));
    const auto is = statements(beside(DiffSide::After));
    std::map<std::string, std::string> differing;
    for (const auto& [key, text] : is) {
      const auto old = was.find(key);
      if (old == was.end()) differing[key] = "added";
      if (old != was.end() && old->second != text) differing[key] = "changed";
    }
    for (const auto& [key, text] : was) {
      if (!is.contains(key)) differing[key] = "removed";
    }
    std::map<std::string, size_t> tests;
    for (const auto& [key, how] : differing) {
      if (key.starts_with("test ")) {
        ++tests[how];
        continue;
      }
      PolicyChange change;
      change.kind = ChangeKind::Statement;
      change.what = key;
      change.causes = {{DiffSide::After, {}, "", how}};
      const auto now = is.find(key);
      run_.add(std::move(change), key + (now == is.end() ? "" : now->second));
    }
    std::vector<std::string> counts;
    for (const auto& [how, count] : tests) counts.push_back(fmt::format("{} {}", count, how));
    if (!counts.empty()) {
      run_.result.notes.push_back(fmt::format("tests: {}", fmt::join(counts, ", ")));
    }
  }

  DiffRun& run_;
  const Alignment& a_;
};

}  // namespace

void diff_statements(DiffRun& run) { StatementDiff(run).run(); }

}  // namespace bh

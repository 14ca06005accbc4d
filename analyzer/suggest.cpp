#include "analyzer/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "analyzer/glob.h"
#include "analyzer/program.h"
#include "analyzer/reach.h"

namespace bh {
namespace {

std::string identifier(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += plain ? c : '_';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9') || name[0] == '_') name = "p" + name;
  return name;
}

// "src/sshd.c" -> "sshd", "tools/report/main.c" -> "report". The ending keeps it apart from words
// of the language and from the names of privileges.
std::string program_name(std::string_view file) {
  const auto stem_of = [](std::string_view path) {
    const size_t slash = path.rfind('/');
    if (slash != path.npos) path.remove_prefix(slash + 1);
    return path.substr(0, path.find('.'));
  };
  std::string_view stem = stem_of(file);
  if (stem == "main" && file.find('/') != file.npos)
    stem = stem_of(file.substr(0, file.rfind('/')));
  return identifier(stem.empty() || file.empty() ? "library" : stem) + "_program";
}

class ProgramAdvisor {
 public:
  ProgramAdvisor(const Facts& facts, LinkUnit unit, const SuggestOptions& options)
      : program_(facts, unit.files), options_(options) {
    advice_.unit = std::move(unit);
    advice_.name = program_name(advice_.unit.main);
  }

  ProgramAdvice run() {
    ReachOptions reach_options;
    reach_options.entries = entries();
    for (FunctionId entry : reach_options.entries) advice_.entries.push_back(written(entry));
    const Reach reached = reach(program_, reach_options);
    advice_.graph = call_graph(program_, reached, options_.graph);
    advice_.partitions = partitions(program_, reached, advice_.graph);
    note_uses();
    note_blind_spots(reached);
    return std::move(advice_);
  }

 private:
  std::vector<FunctionId> entries() const {
    std::vector<FunctionId> found;
    if (!advice_.unit.main.empty()) {
      for (FunctionId main : program_.named("main"))
        if (program_.functions()[main].fact->at.file == advice_.unit.main) found.push_back(main);
      return found;
    }
    // Of a library, what others may call and it does not call itself.
    std::set<std::string_view> called;
    for (const CallFact& call : program_.facts().calls) called.insert(call.callee);
    for (FunctionId id : program_.functions().ids()) {
      const FunctionFact& fact = *program_.functions()[id].fact;
      const bool internal = fact.name.find('@') != std::string::npos;
      if (!internal && !called.contains(fact.name)) found.push_back(id);
    }
    return found;
  }

  std::string written(FunctionId function) const {
    const FunctionFact& fact = *program_.functions()[function].fact;
    for (const std::string& name : {plain_name(fact.name), fact.name})
      if (program_.named(name).size() == 1) return name;
    return fact.definition;
  }

  void note_uses() {
    const CallGraph& graph = advice_.graph;
    std::map<size_t, PrivilegedUse> uses;
    for (const CallEdge& edge : graph.edges) {
      const CallNode& to = graph.nodes[edge.to];
      if (!to.privilege) continue;
      PrivilegedUse& use = uses[edge.to];
      if (++use.callers > 1 && !(edge.at < use.at)) continue;
      use = {*to.privilege, to.name, graph.nodes[edge.from].name, edge.at, use.callers};
    }
    for (auto& [node, use] : uses) advice_.uses.push_back(std::move(use));
    std::stable_sort(advice_.uses.begin(), advice_.uses.end(), [](const auto& a, const auto& b) {
      return std::tie(a.privilege, a.function) < std::tie(b.privilege, b.function);
    });
    std::set<std::string> defines;
    for (const CallNode& node : graph.nodes) {
      advice_.lines += node.lines;
      if (node.function.valid() && privilege_of(node.name)) defines.insert(node.name);
    }
    advice_.defines.assign(defines.begin(), defines.end());
  }

  void note_blind_spots(const Reach& reached) {
    const auto name = [&](FunctionId caller) {
      return caller.valid() ? plain_name(program_.functions()[caller].fact->name) : std::string();
    };
    for (const IndirectSite& site : reached.indirect) {
      if (!site.caller.valid()) continue;
      ++advice_.pointer_calls;
      advice_.pointer_calls_by_type += site.certainty == Certainty::Type;
    }
    for (const UnresolvedSite& site : reached.unresolved)
      if (site.caller.valid())
        advice_.blind.push_back({name(site.caller), site.site->at,
                                 fmt::format("a call through {}", in_words(site.site->through))});
    for (const SpecialFact* special : reached.assembly) {
      const std::string owner = special->owner.substr(0, special->owner.rfind('@'));
      advice_.blind.push_back({plain_name(owner), special->at, "assembly"});
    }
    for (const CallNode& node : advice_.graph.nodes) {
      if (node.name != "dlopen" && node.name != "dlmopen") continue;
      for (const CallEdge& edge : advice_.graph.edges)
        if (&advice_.graph.nodes[edge.to] == &node)
          advice_.blind.push_back({advice_.graph.nodes[edge.from].name, edge.at, node.name});
    }
    for (const UnitFact* unit : program_.units()) {
      if (unit->state != UnitState::Failed) continue;
      BlindSpot& spot = advice_.blind.emplace_back();
      spot.at.file = unit->path;
      spot.why = "not parsed: " + unit->reason;
    }
  }

  Program program_;
  const SuggestOptions& options_;
  ProgramAdvice advice_;
};

}  // namespace

Advice advise(const Facts& facts, const SuggestOptions& options) {
  Advice advice;
  std::map<std::string, size_t> names;
  for (LinkUnit& unit : link_units(facts, options.sources)) {
    ProgramAdvice program = ProgramAdvisor(facts, std::move(unit), options).run();
    if (const size_t same = ++names[program.name]; same > 1)
      program.name += fmt::format("_{}", same);
    advice.programs.push_back(std::move(program));
  }
  for (const UnitFact& unit : facts.units) {
    const bool wanted =
        std::any_of(options.sources.begin(), options.sources.end(),
                    [&](const std::string& glob) { return glob_matches(glob, unit.path); });
    if (wanted && unit.state == UnitState::Failed) advice.failed_units.push_back(unit.path);
  }
  return advice;
}

}  // namespace bh

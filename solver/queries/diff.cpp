#include "solver/queries/diff.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "solver/queries/diff_run.h"
#include "solver/queries/report.h"

namespace bh {

std::string_view print(ChangeKind kind) {
  static constexpr std::string_view Names[] = {"requests",   "behaviour",  "flow",
                                               "label_flow", "label",      "trust",
                                               "property",   "vocabulary", "statement"};
  return Names[static_cast<size_t>(kind)];
}

std::string_view print(ChangeDirection direction) {
  switch (direction) {
    case ChangeDirection::Wider:
      return "wider";
    case ChangeDirection::Narrower:
      return "narrower";
    case ChangeDirection::Neither:
      return "changed";
  }
  BH_CHECK(false);
}

// ---- names --------------------------------------------------------------------------------------

// At most eight of them.
static std::string print_list(const std::vector<std::string>& names) {
  constexpr size_t Most = 8;
  if (names.size() == 1) return names[0];
  const size_t shown = names.size() > Most + 1 ? Most : names.size();
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<ptrdiff_t>(shown));
  const std::string rest =
      shown < names.size() ? fmt::format(" and {} more", names.size() - shown) : "";
  return fmt::format("{{ {}{} }}", fmt::join(first, ", "), rest);
}

static std::string print_subjects(const Model& model, const std::vector<ComponentId>& subjects) {
  if (subjects.size() > 1) {
    for (const Group& group : model.groups) {
      std::vector<ComponentId> members = group.members;
      std::sort(members.begin(), members.end());
      if (members == subjects) return group.name;
    }
    const auto acting =
        std::count_if(model.components.begin(), model.components.end(),
                      [](const Component& c) { return c.kind == ComponentKind::Component; });
    if (static_cast<size_t>(acting) == subjects.size()) return "any";
  }
  std::vector<std::string> names;
  for (ComponentId id : subjects) names.push_back(model.components[id].name);
  return print_list(names);
}

std::string print_cells(const Model& model, const std::vector<ComponentId>& subjects,
                        const std::vector<OperationId>& operations) {
  std::vector<std::string> names;
  for (size_t first = 0; first < operations.size();) {
    const EndpointId id = model.operations[operations[first]].endpoint;
    const Endpoint& endpoint = model.endpoints[id];
    std::vector<std::string> methods;
    size_t last = first;
    for (; last < operations.size() && model.operations[operations[last]].endpoint == id; ++last) {
      methods.push_back(model.method_of(operations[last]).name);
    }
    const std::string owner = print_endpoint(model, id);
    if (methods.size() == 1) {
      names.push_back(owner + "." + methods[0]);
    } else if (methods.size() == endpoint.operations.size()) {
      names.push_back(owner);
    } else {
      names.push_back(fmt::format("{}.{{{}}}", owner, fmt::join(methods, ", ")));
    }
    first = last;
  }
  return print_subjects(model, subjects) + " -> " + print_list(names);
}

// ---- the whole ----------------------------------------------------------------------------------

namespace {

// Renamed components of whose rules more changed than stayed the same: hardly renamed.
Alignment::Refused wrong_guesses(const DiffRun& run) {
  std::map<uint32_t, std::pair<size_t, size_t>> counts;  // by joint component: equal, changed
  for (uint32_t c = 0; c < run.alignment.components.size(); ++c) {
    if (!run.alignment.components.on_both(c)) continue;
    const auto id = run.alignment.components;
    if (run.name(DiffSide::Before, id.before[c]) != run.name(DiffSide::After, id.after[c])) {
      counts[c];
    }
  }
  if (counts.empty()) return {};
  for (const DiffSide side : BothSides) {
    const Model& model = run.model(side);
    for (RuleId rule : model.rules.ids()) {
      std::set<uint32_t> who;
      for (ComponentId id : model.rules[rule].subjects) {
        who.insert(run.alignment.components.joint(side, id));
      }
      for (const ConditionalOperation& target : model.rules[rule].targets) {
        who.insert(run.alignment.components.joint(side, model.owner_of(target.operation)));
      }
      for (uint32_t c : who) {
        const auto found = counts.find(c);
        if (found == counts.end()) continue;
        ++(run.rules.is_equal(side, rule) ? found->second.first : found->second.second);
      }
    }
  }
  Alignment::Refused refused;
  for (const auto& [c, count] : counts) {
    if (count.second <= count.first) continue;
    refused.emplace(run.name(DiffSide::Before, run.alignment.components.before[c]),
                    run.name(DiffSide::After, run.alignment.components.after[c]));
  }
  return refused;
}

// No component of either keeps its name, and none is renamed.
bool are_unrelated(const DiffRun& run) {
  const Joined<ComponentId>& all = run.alignment.components;
  for (uint32_t c = 0; c < all.size(); ++c) {
    if (all.on_both(c)) return false;
  }
  return all.size() > 0;
}

std::unique_ptr<DiffRun> start(const CheckedModel& before, const CheckedModel& after,
                               const DiffOptions& options) {
  constexpr int MostRounds = 4;
  Alignment::Refused refused;
  for (int round = 0;; ++round) {
    auto run = std::make_unique<DiffRun>(before, after, options, refused);
    Alignment::Refused wrong = wrong_guesses(*run);
    if (wrong.empty()) return run;
    if (round == MostRounds) {
      for (const Renamed& renamed : run->alignment.renamed) {
        if (renamed.kind == RenamedKind::Component) wrong.emplace(renamed.before, renamed.after);
      }
    }
    refused.merge(wrong);
  }
}

}  // namespace

PolicyDiff diff_policies(const CheckedModel& before, const CheckedModel& after,
                         const DiffOptions& options) {
  for (const CheckedModel* model : {&before, &after}) {
    if (count_entries(**model) <= options.check.entry_limit) continue;
    PolicyDiff result;
    result.unknown.push_back(
        fmt::format("whether they grant the same: the rules of '{} {}' speak of more than {} "
                    "(rule, subject, operation) triples",
                    (*model)->name, (*model)->version, options.check.entry_limit));
    return result;
  }
  const std::unique_ptr<DiffRun> run = start(before, after, options);
  run->result.unrelated = are_unrelated(*run);
  run->want_touched();
  diff_requests(*run);
  diff_behaviour(*run);
  const FlowsAre flows = diff_flows(*run);
  diff_statements(*run);
  if (options.properties) diff_properties(*run, flows);
  PolicyDiff result = std::move(run->result);
  result.renamed = run->alignment.renamed;
  result.renamed.insert(result.renamed.end(), run->rules.renamed.begin(), run->rules.renamed.end());
  result.questions = run->questions().asked();
  return result;
}

}  // namespace bh

#include "solver/queries/least_edit.h"

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>
#include <set>

#include "solver/queries/narrowing.h"

namespace bh {

namespace {

constexpr size_t MostTogether = 10;  // rules of which every selection is looked at

using CellKey = std::pair<OperationId, ComponentId>;

struct Draft {
  RuleId rule;
  std::vector<RulePart> parts;
  std::vector<smt::ExprId> needs;  // by part: what only the edited rules can grant
  bool kept = true;
  bool minimal = true;
};

class EditPlanner {
 public:
  EditPlanner(LeastPrivilege& least, const EditLimits& limits) : least_(least), limits_(limits) {}

  std::vector<RuleEdit> run() {
    note_pins();
    make_drafts();
    choose();
    assign();
    std::vector<RuleEdit> edits;
    for (const Draft& draft : drafts_) {
      RuleEdit edit;
      edit.rule = draft.rule;
      if (draft.kept)
        edit = narrow(least_, draft.rule, draft.parts, !limits_.single[draft.rule.value]);
      edit.minimal = edit.minimal && draft.minimal;
      if (!edit.exact || !is_nothing(edit)) edits.push_back(std::move(edit));
    }
    return edits;
  }

 private:
  const Model& model() const { return least_.model(); }
  bool empty(OperationId operation, smt::ExprId formula) {
    return least_.questions().never(least_.signature_of(operation), formula) ==
           smt::AnswerKind::Holds;
  }

  // Every subject and target stays, and so does the condition.
  bool is_nothing(const RuleEdit& edit) const {
    const Rule& rule = model().rules[edit.rule];
    return edit.statements.size() == 1 && !edit.statements[0].when &&
           edit.statements[0].subjects.size() == rule.subjects.size() &&
           edit.statements[0].targets.size() == rule.targets.size();
  }

  // `allow .. by r` in a test: r itself has to go on allowing this.
  void note_pins() {
    for (size_t setting = 0; setting < least_.settings(); ++setting) {
      for (const Test& test : least_.model(setting).tests) {
        for (const TestStep& step : test.steps) {
          if (!step.expect_granted || !step.by_rule.valid()) continue;
          const Request& request = step.step.request;
          std::vector<smt::ExprId> atoms;
          for (uint32_t i = 0; i < request.words.size(); ++i) {
            const IntervalSet word = IntervalSet::single(request.words[i]);
            atoms.push_back(least_.exprs(request.operation).in(i, word));
          }
          pins_[{step.by_rule, {request.operation, request.caller}}].push_back(
              least_.exprs(request.operation).all_of(std::move(atoms)));
        }
      }
    }
  }

  void make_drafts() {
    for (size_t i = 0; i < least_.excess().size(); ++i) {
      const ExcessCell& cell = least_.excess()[i];
      if (cell.knowledge == Knowledge::Some) excess_[{cell.operation, cell.subject}] = i;
    }
    for (const ExcessRule& rule : least_.rules()) {
      const bool known = std::any_of(rule.parts.begin(), rule.parts.end(), [&](const auto& part) {
        return least_.excess()[part.cell].knowledge == Knowledge::Some;
      });
      if (!known || limits_.fixed[rule.rule.value]) continue;
      draft_of_[rule.rule] = drafts_.size();
      drafts_.push_back({rule.rule, {}, {}});
    }
    for (Draft& draft : drafts_) add_parts(draft);
  }

  void add_parts(Draft& draft) {
    const Rule& rule = model().rules[draft.rule];
    std::set<CellKey> seen;
    for (const ConditionalOperation& target : rule.targets) {
      for (const ComponentId subject : rule.subjects) {
        if (!covers(model(), target, subject)) continue;
        const CellKey key(target.operation, subject);
        if (seen.insert(key).second) add_part(draft, key);
      }
    }
  }

  void add_part(Draft& draft, const CellKey& key) {
    const auto [operation, subject] = key;
    smt::Exprs& formulas = least_.exprs(operation);
    RulePart part{subject, operation, least_.allowed(draft.rule, subject, operation), {}, {}};
    const smt::ExprId granted = least_.granted(subject, operation);
    smt::ExprId need = formulas.all_of({part.allowed, granted});
    part.may = part.allowed;
    const auto found = excess_.find(key);
    if (found != excess_.end()) {
      const ExcessCell& cell = least_.excess()[found->second];
      part.may = formulas.without(part.allowed, cell.excess);
      need = formulas.all_of({need, cell.needed});
    } else if (!least_.can_be_granted(subject, operation)) {
      need = smt::Exprs::False;
    }
    need = formulas.without(need, by_others(draft.rule, key, Others::NotEdited));
    const auto pin = pins_.find({draft.rule, key});
    if (pin != pins_.end()) {
      need = formulas.any_of({need, formulas.all_of({part.allowed, formulas.any_of(pin->second)})});
    }
    draft.parts.push_back(part);
    draft.needs.push_back(empty(operation, need) ? smt::Exprs::False : need);
  }

  enum class Others : uint8_t { NotEdited, Kept, KeptBefore };

  // What other rules allow of the cell.
  smt::ExprId by_others(RuleId rule, const CellKey& key, Others which) {
    std::vector<smt::ExprId> parts;
    for (size_t setting = 0; setting < least_.settings(); ++setting) {
      const MatrixCell* cell = least_.matrix(setting).find(key.second, key.first);
      if (cell == nullptr) continue;
      for (const Match& allow : cell->allows) {
        const auto draft = draft_of_.find(allow.rule);
        const bool edited = draft != draft_of_.end();
        bool counts = !edited;
        if (which != Others::NotEdited) {
          counts = edited && allow.rule != rule && drafts_[draft->second].kept &&
                   (which == Others::Kept || allow.rule < rule);
        }
        if (counts) parts.push_back(allow.when);
      }
    }
    return least_.exprs(key.first).any_of(std::move(parts));
  }

  // ---- which rules go
  // ---------------------------------------------------------------------------------

  // Whether the other rules that are kept allow all that is needed of this one.
  bool is_covered(const Draft& draft) {
    for (size_t i = 0; i < draft.parts.size(); ++i) {
      const RulePart& part = draft.parts[i];
      if (draft.needs[i] == smt::Exprs::False) continue;
      if (pins_.contains({draft.rule, {part.operation, part.subject}})) return false;
      const smt::ExprId others =
          by_others(draft.rule, {part.operation, part.subject}, Others::Kept);
      if (!empty(part.operation, least_.exprs(part.operation).without(draft.needs[i], others))) {
        return false;
      }
    }
    return true;
  }

  void choose() {
    std::vector<size_t> open;
    for (size_t i = 0; i < drafts_.size(); ++i) {
      Draft& draft = drafts_[i];
      draft.kept = std::any_of(draft.needs.begin(), draft.needs.end(),
                               [](smt::ExprId need) { return need != smt::Exprs::False; });
    }
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].kept && is_covered(drafts_[i])) open.push_back(i);
    }
    for (const std::vector<size_t>& group : connected(open)) choose_among(group);
  }

  // Those that share a cell decide together.
  std::vector<std::vector<size_t>> connected(const std::vector<size_t>& open) const {
    std::map<size_t, size_t> parent;
    for (const size_t i : open) parent[i] = i;
    const auto root = [&](size_t i) {
      while (parent[i] != i) i = parent[i] = parent[parent[i]];
      return i;
    };
    std::map<CellKey, size_t> first;
    for (const size_t i : open) {
      for (const RulePart& part : drafts_[i].parts) {
        const auto [at, is_new] = first.emplace(CellKey(part.operation, part.subject), i);
        if (!is_new) parent[root(i)] = root(at->second);
      }
    }
    std::map<size_t, std::vector<size_t>> groups;
    for (const size_t i : open) groups[root(i)].push_back(i);
    std::vector<std::vector<size_t>> result;
    for (auto& [unused, group] : groups) result.push_back(std::move(group));
    return result;
  }

  bool all_covered(const std::vector<size_t>& group) {
    return std::all_of(group.begin(), group.end(),
                       [&](size_t i) { return drafts_[i].kept || is_covered(drafts_[i]); });
  }

  // One rule after the other is left out where that can be, the last one first.
  void choose_greedily(const std::vector<size_t>& group) {
    std::map<CellKey, std::vector<size_t>> sharing;
    for (const size_t i : group) {
      drafts_[i].minimal = false;
      for (const RulePart& part : drafts_[i].parts) {
        sharing[{part.operation, part.subject}].push_back(i);
      }
    }
    for (auto i = group.rbegin(); i != group.rend(); ++i) {
      std::set<size_t> touched;
      for (const RulePart& part : drafts_[*i].parts) {
        const std::vector<size_t>& others = sharing[{part.operation, part.subject}];
        touched.insert(others.begin(), others.end());
      }
      drafts_[*i].kept = false;
      drafts_[*i].kept = !all_covered({touched.begin(), touched.end()});
    }
  }

  // Keeps as few as possible: every selection is tried, the small ones first.
  void choose_among(const std::vector<size_t>& group) {
    if (group.size() > MostTogether) return choose_greedily(group);
    std::vector<uint32_t> selections(size_t{1} << group.size());
    std::iota(selections.begin(), selections.end(), 0u);
    std::sort(selections.begin(), selections.end(), [](uint32_t a, uint32_t b) {
      return std::pair(std::popcount(a), a) < std::pair(std::popcount(b), b);
    });
    for (const uint32_t selection : selections) {
      for (size_t i = 0; i < group.size(); ++i) {
        drafts_[group[i]].kept = (selection >> i & 1) != 0;
      }
      if (all_covered(group)) return;
    }
  }

  // What several kept rules could go on allowing is the first one's to allow.
  void assign() {
    for (Draft& draft : drafts_) {
      if (!draft.kept) continue;
      for (size_t i = 0; i < draft.parts.size(); ++i) {
        RulePart& part = draft.parts[i];
        const CellKey key(part.operation, part.subject);
        part.must = draft.needs[i];
        if (part.must == smt::Exprs::False || pins_.contains({draft.rule, key})) continue;
        part.must = least_.exprs(part.operation)
                        .without(part.must, by_others(draft.rule, key, Others::KeptBefore));
        if (empty(part.operation, part.must)) part.must = smt::Exprs::False;
      }
    }
  }

  LeastPrivilege& least_;
  const EditLimits& limits_;
  std::map<CellKey, size_t> excess_;  // where something is known of what is needed
  std::map<std::pair<RuleId, CellKey>, std::vector<smt::ExprId>> pins_;
  std::map<RuleId, size_t> draft_of_;
  std::vector<Draft> drafts_;  // declaration order
};

}  // namespace

std::vector<RuleEdit> smallest_edit(LeastPrivilege& least, const EditLimits& limits) {
  return EditPlanner(least, limits).run();
}

}  // namespace bh

#include "solver/queries/narrowing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "solver/queries/argument_grid.h"

namespace bh {

namespace {

constexpr size_t MostStatements = 8;
constexpr size_t None = SIZE_MAX;

// What a target of the rule is for each of its subjects: an operation, or with `self` the one that
// is called the same at each subject's own endpoint.
struct Column {
  std::vector<ConditionalOperation> targets;
  std::vector<size_t> parts;  // by subject; None: the rule does not speak of it
};

// A condition that some statement may have.
struct Wording {
  bool unchanged = false;
  std::string text;
  SignatureId signature;
  MethodId method;  // whose parameters it names
  smt::ExprId formula;
};

// Rows and columns whose cells share a statement.
struct Block {
  size_t wording;
  std::vector<size_t> rows;
  std::vector<size_t> columns;
};

class Narrowing {
 public:
  Narrowing(LeastPrivilege& least, RuleId rule, const std::vector<RulePart>& parts)
      : least_(least), rule_(least.model().rules[rule]), parts_(parts) {
    edit_.rule = rule;
  }

  RuleEdit run(bool may_split) {
    edit_.joined = differs_between_settings();
    make_columns();
    find_wordings();
    std::vector<Block> blocks = find_blocks();
    const bool split = blocks.size() > 1;
    if (split && (!may_split || blocks.size() > MostStatements)) {
      edit_.exact = false;
      edit_.minimal = false;
      edit_.obstacle = may_split ? fmt::format("it would take {} statements", blocks.size())
                                 : "it would have to be split, but other statements cite it";
      blocks = {whole()};
    } else if (split) {
      edit_.minimal = all_apart(blocks);
    } else {
      widen(blocks[0]);
    }
    for (const Block& block : blocks) edit_.statements.push_back(statement(block));
    return std::move(edit_);
  }

 private:
  bool empty(OperationId operation, smt::ExprId formula) {
    return least_.questions().never(least_.signature_of(operation), formula) ==
           smt::AnswerKind::Holds;
  }
  bool within(OperationId operation, smt::ExprId part, smt::ExprId whole) {
    return empty(operation, least_.exprs(operation).without(part, whole));
  }
  bool has_must(size_t part) const {
    return part != None && parts_[part].must != smt::Exprs::False;
  }

  bool differs_between_settings() const {
    for (size_t setting = 1; setting < least_.settings(); ++setting) {
      const Rule& other = least_.model(setting).rules[edit_.rule];
      for (size_t i = 0; i < rule_.targets.size(); ++i) {
        const OperationId operation = rule_.targets[i].operation;
        smt::Exprs& formulas = least_.exprs(operation);
        if (formulas.import(least_.model().conditions, rule_.targets[i].when) !=
            formulas.import(least_.model(setting).conditions, other.targets[i].when)) {
          return true;
        }
      }
    }
    return false;
  }

  void make_columns() {
    const Model& model = least_.model();
    std::map<std::pair<ComponentId, OperationId>, size_t> part_of;
    for (size_t i = 0; i < parts_.size(); ++i) {
      part_of[{parts_[i].subject, parts_[i].operation}] = i;
    }
    std::map<std::tuple<Whose, uint32_t, std::string_view>, size_t> known;
    for (const ConditionalOperation& target : rule_.targets) {
      const bool own = target.whose == Whose::Own;
      const auto key = std::tuple(
          target.whose,
          own ? model.operations[target.operation].method.value : target.operation.value,
          own ? std::string_view(model.endpoint_of(target.operation).name) : std::string_view());
      const auto [at, is_new] = known.emplace(key, columns_.size());
      if (is_new) columns_.push_back({{}, std::vector<size_t>(rule_.subjects.size(), None)});
      Column& column = columns_[at->second];
      column.targets.push_back(target);
      for (size_t row = 0; row < rule_.subjects.size(); ++row) {
        const auto found = part_of.find({rule_.subjects[row], target.operation});
        if (covers(model, target, rule_.subjects[row]) && found != part_of.end()) {
          column.parts[row] = found->second;
        }
      }
    }
  }

  // ---- conditions
  // -------------------------------------------------------------------------------------

  // Where a condition may hold that replaces the old one or, joined, is to hold besides it.
  smt::ExprId bound(const RulePart& part) {
    if (!edit_.joined) return part.may;
    smt::Exprs& formulas = least_.exprs(part.operation);
    return formulas.any_of({part.may, formulas.negate(part.allowed)});
  }

  bool same_parameters(MethodId a, MethodId b) const {
    const std::vector<Parameter>& first = least_.model().methods[a].parameters;
    const std::vector<Parameter>& second = least_.model().methods[b].parameters;
    return std::equal(first.begin(), first.end(), second.begin(), second.end(),
                      [](const Parameter& x, const Parameter& y) {
                        return x.name == y.name && x.type == y.type;
                      });
  }

  // Whether the wording is right for the cell: all that must, and no more than may be allowed.
  bool fits(const Wording& wording, size_t part_index) {
    if (part_index == None) return true;
    const RulePart& part = parts_[part_index];
    if (wording.unchanged) return within(part.operation, part.allowed, part.may);
    if (!same_parameters(wording.method, least_.model().operations[part.operation].method)) {
      return false;
    }
    return within(part.operation, part.must, wording.formula) &&
           within(part.operation, wording.formula, bound(part));
  }

  // The shortest condition for as many of the column's cells as can share one, beginning with
  // `row`.
  Wording word(const Column& column, size_t row) {
    const RulePart& first = parts_[column.parts[row]];
    const OperationId operation = first.operation;
    smt::Exprs& formulas = least_.exprs(operation);
    smt::ExprId must = first.must;
    smt::ExprId may = bound(first);
    for (size_t other = row + 1; other < column.parts.size(); ++other) {
      if (!has_must(column.parts[other]) || wording_of_.contains(column.parts[other])) continue;
      const RulePart& part = parts_[column.parts[other]];
      const smt::ExprId both_must = formulas.any_of({must, part.must});
      const smt::ExprId both_may = formulas.all_of({may, bound(part)});
      if (!within(operation, both_must, both_may)) continue;
      must = both_must;
      may = both_may;
    }
    Wording wording;
    wording.signature = least_.signature_of(operation);
    wording.method = least_.model().operations[operation].method;
    wording.formula = must;
    Conditions conditions;
    ConditionId text;
    const std::optional<ArgumentGrid> grid = ArgumentGrid::cut(formulas, {must, may});
    if (grid) {
      text = describe(formulas, grid->cover(grid->table(must), grid->table(may)), conditions);
      wording.formula = formulas.import(conditions, text);
    } else {
      text = describe(formulas, must, conditions);
    }
    wording.text = print(least_.model(), conditions, operation, text);
    return wording;
  }

  void find_wordings() {
    wordings_.push_back({true, {}, {}, {}, {}});
    for (const Column& column : columns_) {
      for (size_t row = 0; row < column.parts.size(); ++row) {
        const size_t part = column.parts[row];
        if (!has_must(part) || wording_of_.contains(part)) continue;
        size_t index = 0;
        while (index < wordings_.size() && !fits(wordings_[index], part)) ++index;
        if (index == wordings_.size()) wordings_.push_back(word(column, row));
        wording_of_[part] = index;
      }
    }
    share_texts();
  }

  // Methods with different parameters may still be spoken of in the same words.
  void share_texts() {
    std::map<std::string_view, size_t> first;
    for (auto& [part, index] : wording_of_) {
      if (wordings_[index].unchanged) continue;
      index = first.emplace(wordings_[index].text, index).first->second;
    }
  }

  // ---- statements
  // -------------------------------------------------------------------------------------

  bool needs(size_t row, size_t column, size_t wording) const {
    const size_t part = columns_[column].parts[row];
    if (!has_must(part)) return false;
    return wording_of_.at(part) == wording;
  }

  bool fits_at(size_t row, size_t column, size_t wording) {
    const size_t part = columns_[column].parts[row];
    const auto known = wording_of_.find(part);
    if (part != None && known != wording_of_.end() && known->second == wording) return true;
    return fits(wordings_[wording], part);
  }

  bool is_block(const std::vector<size_t>& rows, const std::vector<size_t>& columns,
                size_t wording) {
    return std::all_of(rows.begin(), rows.end(), [&](size_t row) {
      return std::all_of(columns.begin(), columns.end(),
                         [&](size_t column) { return fits_at(row, column, wording); });
    });
  }

  // The cells of one wording as blocks: one if all of them make one, else rows of one pattern, or
  // columns of one pattern, whichever are fewer.
  std::vector<Block> blocks_of(size_t wording) {
    std::set<size_t> all_rows;
    std::set<size_t> all_columns;
    std::map<size_t, std::vector<size_t>> columns_of;
    std::map<size_t, std::vector<size_t>> rows_of;
    for (size_t column = 0; column < columns_.size(); ++column) {
      for (size_t row = 0; row < rule_.subjects.size(); ++row) {
        if (!needs(row, column, wording)) continue;
        all_rows.insert(row);
        all_columns.insert(column);
        columns_of[row].push_back(column);
        rows_of[column].push_back(row);
      }
    }
    if (all_rows.empty()) return {};
    const std::vector<size_t> rows(all_rows.begin(), all_rows.end());
    const std::vector<size_t> columns(all_columns.begin(), all_columns.end());
    if (is_block(rows, columns, wording)) return {{wording, rows, columns}};
    std::map<std::vector<size_t>, std::vector<size_t>> by_columns;
    std::map<std::vector<size_t>, std::vector<size_t>> by_rows;
    for (const auto& [row, pattern] : columns_of) by_columns[pattern].push_back(row);
    for (const auto& [column, pattern] : rows_of) by_rows[pattern].push_back(column);
    std::vector<Block> blocks;
    if (by_columns.size() <= by_rows.size()) {
      for (auto& [pattern, of] : by_columns) blocks.push_back({wording, of, pattern});
    } else {
      for (auto& [pattern, of] : by_rows) blocks.push_back({wording, pattern, of});
    }
    std::sort(blocks.begin(), blocks.end(), [](const Block& a, const Block& b) {
      return std::tie(a.rows, a.columns) < std::tie(b.rows, b.columns);
    });
    return blocks;
  }

  std::vector<Block> find_blocks() {
    std::vector<Block> blocks;
    for (size_t wording = 0; wording < wordings_.size(); ++wording) {
      for (Block& block : blocks_of(wording)) blocks.push_back(std::move(block));
    }
    return blocks;
  }

  // One statement for everything that must be allowed.
  Block whole() {
    std::set<size_t> rows;
    std::set<size_t> columns;
    std::set<size_t> used;
    for (size_t column = 0; column < columns_.size(); ++column) {
      for (size_t row = 0; row < rule_.subjects.size(); ++row) {
        const size_t part = columns_[column].parts[row];
        if (!has_must(part)) continue;
        rows.insert(row);
        columns.insert(column);
        used.insert(wording_of_.at(part));
      }
    }
    return {used.size() == 1 ? *used.begin() : 0,
            {rows.begin(), rows.end()},
            {columns.begin(), columns.end()}};
  }

  // What need not go stays: the lists lose as little as possible.
  void widen(Block& block) {
    const std::set<size_t> had_rows(block.rows.begin(), block.rows.end());
    const std::set<size_t> had_columns(block.columns.begin(), block.columns.end());
    block.rows.clear();
    for (size_t row = 0; row < rule_.subjects.size(); ++row) {
      if (had_rows.contains(row) || is_block({row}, block.columns, block.wording)) {
        block.rows.push_back(row);
      }
    }
    block.columns.clear();
    for (size_t column = 0; column < columns_.size(); ++column) {
      const bool stays =
          had_columns.contains(column) ||
          (speaks_of(column, block.wording) && is_block(block.rows, {column}, block.wording));
      if (stays) block.columns.push_back(column);
    }
  }

  // Whether the method has all the parameters that the condition names.
  bool speaks_of(size_t column, size_t wording) const {
    const OperationId operation = columns_[column].targets[0].operation;
    return wordings_[wording].unchanged ||
           same_parameters(wordings_[wording].method, least_.model().operations[operation].method);
  }

  // Two cells that no statement could cover at once.
  using CellPlace = std::pair<size_t, size_t>;  // row, column
  bool apart(const CellPlace& a, const CellPlace& b) {
    const auto [row_a, column_a] = a;
    const auto [row_b, column_b] = b;
    const RulePart& first = parts_[columns_[column_a].parts[row_a]];
    const RulePart& second = parts_[columns_[column_b].parts[row_b]];
    if (column_a == column_b) {
      smt::Exprs& formulas = least_.exprs(first.operation);
      return !within(first.operation, formulas.any_of({first.must, second.must}),
                     formulas.all_of({bound(first), bound(second)}));
    }
    return forbids(columns_[column_b].parts[row_a], second) ||
           forbids(columns_[column_a].parts[row_b], first);
  }

  // Whether any condition that allows what the neighbour in the column needs allows too much here.
  bool forbids(size_t part_index, const RulePart& neighbour) {
    if (part_index == None) return false;
    const RulePart& part = parts_[part_index];
    smt::Exprs& formulas = least_.exprs(part.operation);
    const smt::ExprId least_of_all = formulas.all_of({neighbour.must, part.allowed});
    return !within(part.operation, least_of_all, part.may);
  }

  // Whether each block has a cell such that all of these need statements of their own: then there
  // are no fewer statements. Looks at a few cells of each; no deeper than MostStatements.
  bool all_apart(const std::vector<Block>& blocks) {
    std::vector<std::vector<CellPlace>> choices;
    for (const Block& block : blocks) choices.push_back(places_of(block));
    std::vector<CellPlace> chosen;
    return choose_apart(choices, chosen);
  }

  std::vector<CellPlace> places_of(const Block& block) const {
    constexpr size_t MostPlaces = 6;
    std::vector<CellPlace> places;
    for (const size_t row : block.rows) {
      for (const size_t column : block.columns) {
        if (places.size() == MostPlaces) return places;
        if (needs(row, column, block.wording)) places.emplace_back(row, column);
      }
    }
    return places;
  }

  bool choose_apart(const std::vector<std::vector<CellPlace>>& choices, std::vector<CellPlace>& chosen) {
    if (chosen.size() == choices.size()) return true;
    for (const CellPlace& place : choices[chosen.size()]) {
      const bool fits = std::all_of(chosen.begin(), chosen.end(),
                                    [&](const CellPlace& other) { return apart(other, place); });
      if (!fits) continue;
      chosen.push_back(place);
      if (choose_apart(choices, chosen)) return true;
      chosen.pop_back();
    }
    return false;
  }

  NarrowedRule statement(const Block& block) {
    NarrowedRule statement;
    for (const size_t row : block.rows) statement.subjects.push_back(rule_.subjects[row]);
    for (const size_t column : block.columns) {
      const std::vector<ConditionalOperation>& targets = columns_[column].targets;
      statement.targets.insert(statement.targets.end(), targets.begin(), targets.end());
    }
    const Wording& wording = wordings_[block.wording];
    if (!wording.unchanged) statement.when = wording.text;
    return statement;
  }

  LeastPrivilege& least_;
  const Rule& rule_;
  const std::vector<RulePart>& parts_;
  RuleEdit edit_;
  std::vector<Column> columns_;
  std::vector<Wording> wordings_;
  std::map<size_t, size_t> wording_of_;  // by part, where something must be allowed
};

}  // namespace

RuleEdit narrow(LeastPrivilege& least, RuleId rule, const std::vector<RulePart>& parts,
                bool may_split) {
  return Narrowing(least, rule, parts).run(may_split);
}

}  // namespace bh

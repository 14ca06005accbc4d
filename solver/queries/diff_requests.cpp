// The requests that rules newly grant or refuse, as regions with the rules responsible.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "solver/queries/diff_run.h"

namespace bh {

namespace {

// One direction of one cell: what `grantor` grants and the other side refuses.
struct CellChange {
  JointCell at;
  DiffSide grantor;
  SignatureId signature;
  smt::ExprId formula;
  std::string condition;
  std::vector<ChangeCause> causes;
  Trace trace;  // the way to it where protocols are in the way
};

class RequestDiff {
 public:
  explicit RequestDiff(DiffRun& run) : run_(run) {}

  void run() {
    for (const auto& [at, sides] : cells()) {
      ++run_.result.cells;
      compare(at, sides.first, sides.second);
    }
    report();
  }

 private:
  using CellPairs = std::map<JointCell, std::pair<const MatrixCell*, const MatrixCell*>>;

  CellPairs cells() {
    CellPairs result;
    for (const DiffSide side : BothSides) {
      for (const MatrixCell& cell : run_.matrix(side).cells()) {
        const JointCell at = run_.joint(side, cell);
        if (!std::binary_search(run_.touched.begin(), run_.touched.end(), at)) continue;
        auto& pair = result[at];
        (side == DiffSide::Before ? pair.first : pair.second) = &cell;
      }
    }
    return result;
  }

  smt::ExprId formula(DiffSide side, uint32_t operation, const MatrixCell* cell) {
    return cell ? run_.to_joint(side, operation, cell->granted) : smt::Exprs::False;
  }

  void compare(JointCell at, const MatrixCell* before, const MatrixCell* after) {
    const smt::ExprId was = formula(DiffSide::Before, at.operation, before);
    const smt::ExprId is = formula(DiffSide::After, at.operation, after);
    if (was == is) return;
    const SignatureId signature = run_.signature(at.operation);
    smt::Exprs& exprs = run_.questions().exprs(signature);
    for (const DiffSide grantor : {DiffSide::After, DiffSide::Before}) {
      const bool now = grantor == DiffSide::After;
      const smt::ExprId only = now ? exprs.without(is, was) : exprs.without(was, is);
      switch (run_.questions().never(signature, only)) {
        case smt::AnswerKind::Holds:
          break;
        case smt::AnswerKind::Unknown:
          run_.undecided(fmt::format("whether {} is granted the same", cell_text(at)));
          break;
        case smt::AnswerKind::Violated:
          changed({at, grantor, signature, only, {}, {}, {}}, now ? after : before,
                  now ? before : after);
          break;
      }
    }
  }

  std::string cell_text(JointCell at) {
    const DiffSide side = run_.alignment.operations.after[at.operation].valid() &&
                                  run_.alignment.components.after[at.subject].valid()
                              ? DiffSide::After
                              : DiffSide::Before;
    return print_cells(run_.model(side), {run_.alignment.components.at(side, at.subject)},
                       {run_.alignment.operations.at(side, at.operation)});
  }

  // ---- is it ever granted, protocols and all ---------------------------------------------------

  void changed(CellChange change, const MatrixCell* grants, const MatrixCell* refuses) {
    change.condition = run_.text_of(change.grantor, change.at.operation, change.formula);
    change.causes = causes(change, *grants, refuses);
    const EndpointId endpoint = run_.model(change.grantor).operations[grants->operation].endpoint;
    if (!run_.engine(change.grantor).protocols[endpoint.value].empty()) {
      const smt::ExprId when = run_.to_engine(change.grantor, change.at.operation, change.formula);
      Reachability reach =
          run_.engine(change.grantor).reach(grants->subject, {{grants->operation, when}});
      switch (reach.can) {
        case Can::No:
          idle(change);
          return;
        case Can::Unknown:
          run_.undecided(fmt::format("whether {} can ever be granted: {}", cell_text(change.at),
                                     reach.reason));
          return;
        case Can::Yes:
          change.trace = std::move(reach.trace);
          break;
      }
    }
    changes_.push_back(std::move(change));
  }

  void idle(const CellChange& change) {
    run_.result.notes.push_back(fmt::format(
        "{} {} by the rules alone: no protocol state that can be reached lets it happen",
        cell_text(change.at),
        change.grantor == DiffSide::After ? "is newly granted" : "is newly refused"));
  }

  // ---- who is responsible ----------------------------------------------------------------------

  bool meets(const CellChange& change, DiffSide side, smt::ExprId when) {
    smt::Exprs& exprs = run_.questions().exprs(change.signature);
    const smt::ExprId joint = run_.to_joint(side, change.at.operation, when);
    return run_.questions().never(change.signature, exprs.all_of({joint, change.formula})) !=
           smt::AnswerKind::Holds;
  }

  static const Match* find(const std::vector<Match>& list, const std::vector<RuleId>& original,
                           RuleId rule) {
    for (const Match& match : list) {
      if (original[match.rule.value] == rule) return &match;
    }
    return nullptr;
  }

  std::string when_text(DiffSide side, uint32_t operation, smt::ExprId when) {
    return run_.text_of(side, operation, run_.to_joint(side, operation, when));
  }

  // How a rule that was there before and after differs in this cell; "" when only its arguments'
  // types do. Either match may be missing.
  std::string difference(JointCell at, const Match* before, const Match* after) {
    if (!before || !after) {
      return after ? "now speaks of it" : "no longer speaks of it";
    }
    const std::string was = when_text(DiffSide::Before, at.operation, before->when);
    const std::string is = when_text(DiffSide::After, at.operation, after->when);
    if (is == was) return "";
    if (is.empty()) return fmt::format("condition \"{}\" dropped", was);
    if (was.empty()) return fmt::format("condition \"{}\" added", is);
    return fmt::format("condition \"{}\" is now \"{}\"", was, is);
  }

  void add_cause(CellChange& change, DiffSide side, RuleId rule, const Match* match,
                 const std::vector<Match>* others) {
    const RuleId counterpart = run_.rules.counterpart(side, rule);
    const Rule& statement = run_.model(side).rules[rule];
    if (!counterpart.valid()) {
      change.causes.push_back(
          {side, statement.span, statement.name, side == DiffSide::After ? "added" : "removed"});
      return;
    }
    if (run_.rules.is_equal(side, rule)) return;
    const Match* there =
        others ? find(*others, run_.part(other(side)).original, counterpart) : nullptr;
    const bool now = side == DiffSide::After;
    const RuleId after = now ? rule : counterpart;
    const Rule& shown = run_.model(DiffSide::After).rules[after];
    std::string text = difference(change.at, now ? there : match, now ? match : there);
    if (text.empty()) return;
    change.causes.push_back({DiffSide::After, shown.span, shown.name, std::move(text)});
  }

  std::vector<ChangeCause> causes(const CellChange& found, const MatrixCell& grants,
                                  const MatrixCell* refuses) {
    CellChange change = found;
    const DiffSide side = change.grantor;
    for (const Match& allow : grants.allows) {
      if (grants.allows.size() > 1 && !meets(change, side, allow.when)) continue;
      add_cause(change, side, run_.part(side).original[allow.rule.value], &allow,
                refuses ? &refuses->allows : nullptr);
    }
    if (refuses) {
      for (const Match& deny : refuses->denies) {
        if (!meets(change, other(side), deny.when)) continue;
        add_cause(change, other(side), run_.part(other(side)).original[deny.rule.value], &deny,
                  &grants.denies);
      }
    }
    if (change.causes.empty()) add_vocabulary(change);
    return change.causes;
  }

  // The same rules speak of more, or of less: of the method or of its arguments.
  void add_vocabulary(CellChange& change) {
    const Alignment& a = run_.alignment;
    const DiffSide side = change.grantor;
    const Model& model = run_.model(side);
    const OperationId op = a.operations.at(side, change.at.operation);
    const bool now = side == DiffSide::After;
    if (!a.operations.on_both(change.at.operation)) {
      change.causes.push_back({side, model.method_of(op).span, model.method_of(op).name,
                               now ? "method added" : "method removed"});
      return;
    }
    const OperationId there = a.operations.at(other(side), change.at.operation);
    const WordMatch& words = a.words(change.at.operation);
    for (uint32_t word = 0; word < words.domains.size(); ++word) {
      const Parameter& before =
          run_.model(DiffSide::Before).method_of(now ? there : op).parameters[word];
      const Parameter& after =
          run_.model(DiffSide::After).method_of(now ? op : there).parameters[words.place[word]];
      const Type& was = run_.model(DiffSide::Before).types[before.type];
      const Type& is = run_.model(DiffSide::After).types[after.type];
      if (was.domain == words.to_joint(DiffSide::After, word, is.domain)) continue;
      change.causes.push_back({DiffSide::After, is.span.valid() ? is.span : after.span, after.name,
                               now ? "its type has more values" : "its type has fewer values"});
    }
  }

  // ---- as few lines as tell it all
  // ---------------------------------------------------------------

  using GroupKey = std::tuple<DiffSide, std::string, std::string>;

  static std::string key_of(const std::vector<ChangeCause>& causes) {
    std::string text;
    for (const ChangeCause& cause : causes) {
      text += fmt::format("{}\n{}\n{}\n", static_cast<int>(cause.side), cause.name, cause.text);
    }
    return text;
  }

  void report() {
    std::map<GroupKey, size_t> places;
    std::vector<std::vector<const CellChange*>> groups;
    for (const CellChange& change : changes_) {
      const GroupKey key{change.grantor, change.condition, key_of(change.causes)};
      const auto [it, is_new] = places.emplace(key, groups.size());
      if (is_new) groups.emplace_back();
      groups[it->second].push_back(&change);
    }
    for (const DiffSide grantor : {DiffSide::After, DiffSide::Before}) {
      for (const auto& group : groups) {
        if (group[0]->grantor == grantor) report(group);
      }
    }
  }

  // Parts a group into products: subjects with the same operations go together.
  void report(const std::vector<const CellChange*>& group) {
    std::map<uint32_t, std::vector<const CellChange*>> by_subject;
    for (const CellChange* change : group) by_subject[change->at.subject].push_back(change);
    std::map<std::vector<uint32_t>, std::vector<uint32_t>> products;
    for (const auto& [subject, changes] : by_subject) {
      std::vector<uint32_t> operations;
      for (const CellChange* change : changes) operations.push_back(change->at.operation);
      products[operations].push_back(subject);
    }
    for (const auto& [operations, subjects] : products) {
      std::vector<const CellChange*> cells;
      for (uint32_t subject : subjects) {
        cells.insert(cells.end(), by_subject[subject].begin(), by_subject[subject].end());
      }
      report(cells, subjects, operations);
    }
  }

  void report(const std::vector<const CellChange*>& cells, const std::vector<uint32_t>& subjects,
              const std::vector<uint32_t>& operations) {
    const CellChange& first = *cells[0];
    const DiffSide side = first.grantor;
    const Model& model = run_.model(side);
    std::vector<ComponentId> who;
    std::vector<OperationId> which;
    for (uint32_t subject : subjects) who.push_back(run_.alignment.components.at(side, subject));
    for (uint32_t op : operations) which.push_back(run_.alignment.operations.at(side, op));
    PolicyChange change;
    change.kind = ChangeKind::Requests;
    change.direction = side == DiffSide::After ? ChangeDirection::Wider : ChangeDirection::Narrower;
    change.what = print_cells(model, who, which);
    change.condition = first.condition;
    change.causes = first.causes;
    for (const CellChange* cell : cells) {
      const uint32_t op = cell->at.operation;
      change.cells.push_back({run_.alignment.components.at(side, cell->at.subject),
                              run_.alignment.operations.at(side, op),
                              run_.region(side, op, cell->formula).value_or(std::vector<Box>())});
    }
    change.witness = witness(first);
    if (!change.witness) return;
    std::string meaning;
    for (ComponentId subject : who) meaning += model.components[subject].name + "\n";
    for (OperationId op : which) meaning += "-> " + print(model, op) + "\n";
    run_.add(std::move(change), meaning + first.condition);
  }

  std::optional<ChangeWitness> witness(const CellChange& change) {
    ChangeWitness witness;
    witness.granted_by = change.grantor;
    witness.trace = change.trace;
    if (witness.trace.empty()) {
      const smt::Answer& least = run_.questions().least(change.signature, change.formula);
      if (least.kind != smt::AnswerKind::Violated) {
        run_.undecided(fmt::format("a request that shows how {} changed", cell_text(change.at)));
        return std::nullopt;
      }
      witness.trace.push_back({*run_.request(change.grantor, change.at, least.words)});
    }
    if (!run_.confirm(witness, cell_text(change.at))) return std::nullopt;
    return witness;
  }

  DiffRun& run_;
  std::vector<CellChange> changes_;
};

}  // namespace

void diff_requests(DiffRun& run) { RequestDiff(run).run(); }

}  // namespace bh

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "solver/queries/consistency.h"
#include "solver/queries/flow.h"
#include "solver/queries/report.h"

namespace bh {

bool covers(const Model& model, const Release& release, const DataItem& item, ComponentId from,
            ComponentId to) {
  if (std::find(release.items.begin(), release.items.end(), item) == release.items.end())
    return false;
  const Lattice& lattice = model.lattices[release.lattice];
  const uint32_t source = model.components[from].labels[release.lattice.value];
  const uint32_t sink = model.components[to].labels[release.lattice.value];
  if (lattice.kind == LatticeKind::Secrecy) {
    return lattice.at_most(source, release.from) && lattice.at_most(release.to, sink);
  }
  return lattice.at_most(release.from, source) && lattice.at_most(sink, release.to);
}

namespace {

class LabelCheck {
 public:
  LabelCheck(Engine& engine, DiagnosticSink& sink)
      : engine_(engine), model_(engine.model), sink_(sink) {
    for (ReleaseId id : model_.releases.ids()) {
      for (const DataItem& item : model_.releases[id].items) releases_[item].push_back(id);
    }
  }

  void run() {
    for (const MatrixCell& cell : engine_.matrix.cells()) {
      const std::vector<Transfer> transfers = transfers_of(model_, cell.subject, cell.operation);
      for (LatticeId lattice : model_.lattices.ids()) {
        for (bool results : {false, true})
          check(cell, lattice, breaking(transfers, lattice, results));
      }
    }
    for (auto& [mistake, reported] : reported_) {
      if (reported.elsewhere.empty()) continue;
      reported.finding.note(fmt::format("the same at {}", print_names(reported.elsewhere)));
    }
  }

 private:
  // The transfers in one direction that do not keep to their labels.
  std::vector<Transfer> breaking(const std::vector<Transfer>& transfers, LatticeId lattice,
                                 bool results) const {
    std::vector<Transfer> list;
    for (const Transfer& transfer : transfers) {
      if (transfer.item.is_result == results && !keeps_to(transfer, lattice))
        list.push_back(transfer);
    }
    return list;
  }

  void check(const MatrixCell& cell, LatticeId lattice, const std::vector<Transfer>& transfers) {
    if (transfers.empty()) return;
    switch (engine_.can_be_granted(cell)) {
      case Can::No:
        return;
      case Can::Yes:
        report(cell, lattice, transfers);
        return;
      case Can::Unknown:
        report_undecided(sink_, model_.rules[cell.allows[0].rule].span,
                         "whether '" + print(model_, transfers[0].item) + "' keeps to its labels",
                         "the solver gave up on whether it is ever granted");
    }
  }

  bool keeps_to(const Transfer& transfer, LatticeId id) const {
    const uint32_t from = model_.components[transfer.from].labels[id.value];
    const uint32_t to = model_.components[transfer.to].labels[id.value];
    if (model_.lattices[id].may_flow(from, to)) return true;
    const auto releases = releases_.find(transfer.item);
    return releases != releases_.end() &&
           std::any_of(releases->second.begin(), releases->second.end(), [&](ReleaseId release) {
             return model_.releases[release].lattice == id &&
                    covers(model_, model_.releases[release], transfer.item, transfer.from,
                           transfer.to);
           });
  }

  // One finding for each rule, method, direction and lattice: the other subjects and endpoints of
  // the rule have the same trouble.
  void report(const MatrixCell& cell, LatticeId id, const std::vector<Transfer>& transfers) {
    const RuleId rule = granting_rule(engine_, cell);
    const Transfer& first = transfers[0];
    const Mistake mistake{rule, model_.operations[cell.operation].method, first.item.is_result, id};
    if (const auto known = reported_.find(mistake); known != reported_.end()) {
      if (known->second.operations.insert(cell.operation).second) {
        known->second.elsewhere.push_back(print(model_, cell.operation));
      }
      return;
    }
    const Lattice& lattice = model_.lattices[id];
    const auto level = [&](ComponentId component) -> const std::string& {
      return lattice.levels[model_.components[component].labels[id.value]].name;
    };
    const std::string& from = model_.components[first.from].name;
    const std::string& to = model_.components[first.to].name;
    std::vector<std::string> items;
    for (const Transfer& transfer : transfers) items.push_back(print(model_, transfer.item));
    const std::string names = print_names(items);
    const std::string& name = model_.rules[rule].name;
    const Span span = model_.rules[rule].span;
    const bool secrecy = lattice.kind == LatticeKind::Secrecy;
    auto finding = secrecy ? sink_.report(span, diag::LowersSecrecy, name, names, from,
                                          level(first.from), to, level(first.to))
                           : sink_.report(span, diag::RaisesIntegrity, name, names, from,
                                          level(first.from), to, level(first.to));
    finding
        .label(model_.components[first.from].span,
               fmt::format("'{}' is {}", from, level(first.from)))
        .label(model_.components[first.to].span, fmt::format("'{}' is {}", to, level(first.to)))
        .help(fmt::format("write '{} NAME: {}  {} => {}  because \"...\"' if this is meant",
                          secrecy ? "release" : "endorse", fmt::join(items, ", "),
                          level(first.from), level(first.to)));
    reported_.emplace(mistake, Reported{finding, {cell.operation}, {}});
  }

  Engine& engine_;
  const Model& model_;
  DiagnosticSink& sink_;
  std::map<DataItem, std::vector<ReleaseId>> releases_;
  using Mistake = std::tuple<RuleId, MethodId, bool, LatticeId>;
  struct Reported {
    DiagnosticSink::Builder finding;
    std::set<OperationId> operations;
    std::vector<std::string> elsewhere;
  };
  std::map<Mistake, Reported> reported_;
};

}  // namespace

void check_labels(Engine& engine, DiagnosticSink& sink) { LabelCheck(engine, sink).run(); }

}  // namespace bh

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <deque>
#include <set>

#include "analyzer/checks/checks.h"
#include "analyzer/checks/permits.h"

namespace bh {
namespace {

using Methods = std::set<size_t>;  // by place among the endpoint's

// The code's own state machine over one endpoint, compared with one protocol on it. The code is in
// a state for each set of methods that it may accept; a permit on one of several paths counts.
class StateMachine {
 public:
  StateMachine(const ComponentView& view, const Permits& permits, const Protocol& protocol)
      : v_(view), permits_(permits), protocol_(protocol) {
    for (const OperationId operation : view.model.endpoints[protocol.endpoint].operations) {
      MethodOf& method = methods_.emplace_back();
      method.method = view.model.operations[operation].method;
      method.operation = operation;
    }
    find_handlers();
    find_effects();
  }

  void check() {
    Node start{{{protocol_.initial, {}}}, permits_of(start_)};
    pass_time(start);
    visit(start, {});
    while (!open_.empty() && seen_.size() < MostNodes) {
      const Node node = open_.front();
      open_.pop_front();
      for (size_t m = 0; m < methods_.size(); ++m) step(node, m);
    }
    if (!open_.empty()) {
      v_.sink.report(protocol_.span, diag::StateMachineTooLarge, v_.name(), protocol_.name);
      return;
    }
    report_unaccepted();
  }

 private:
  static constexpr size_t MostNodes = 20000;
  static constexpr uint32_t MostCounted = 4;  // a higher limit counts as none

  struct MethodOf {
    MethodId method;
    OperationId operation;
    std::vector<FunctionId> handlers;
    std::set<FunctionId> runs;  // when it is served
    Methods then;               // what that permits
    bool controlled = false;
    bool once = false;
    std::vector<Place> unmarked;  // rows without a `once` constant
  };
  // A state of the protocol, and how often each limited transition of it was taken.
  using Position = std::pair<uint32_t, std::map<size_t, uint32_t>>;
  struct Node {
    std::set<Position> places;
    Methods accepts;
    auto operator<=>(const Node&) const = default;
  };

  void find_handlers() {
    for (MethodOf& m : methods_) {
      for (const CodeServe& serve : v_.code.serves)
        if (serve.operation == m.operation && serve.constant.empty())
          for (const FunctionId id : v_.program.named(serve.function)) m.handlers.push_back(id);
      for (const CodePermit& permit : v_.code.permits)
        m.controlled |= std::find(permit.operations.begin(), permit.operations.end(),
                                  m.operation) != permit.operations.end();
      find_rows(m);
    }
    for (const CodeServe& serve : v_.code.serves)
      for (const FunctionId id : v_.program.named(serve.function)) all_handlers_.insert(id);
  }

  // It is served once when each row of a table in use that names its handler has a `once` constant.
  void find_rows(MethodOf& m) const {
    size_t rows = 0;
    for (const RowFact& row : v_.program.facts().rows) {
      if (!v_.reach.globals.contains(row.table) || !v_.program.contains(row.at.file)) continue;
      const bool names = std::any_of(m.handlers.begin(), m.handlers.end(), [&](FunctionId id) {
        return has_cell(row, "fn:" + v_.fact(id).name);
      });
      if (!names) continue;
      ++rows;
      if (!is_marked(row)) m.unmarked.push_back(row.at);
    }
    m.once = rows > 0 && m.unmarked.empty();
  }

  bool is_marked(const RowFact& row) const {
    return std::any_of(v_.code.once.begin(), v_.code.once.end(), [&](const NamedText& once) {
      return std::any_of(row.cells.begin(), row.cells.end(), [&](const std::string& cell) {
        const size_t colon = cell.find(':');
        return colon != std::string::npos && cell.find("=#") != std::string::npos &&
               ("+" + cell.substr(colon + 1) + "+").find("+" + once.text + "+") !=
                   std::string::npos;
      });
    });
  }

  static bool has_cell(const RowFact& row, const std::string& value) {
    return std::any_of(row.cells.begin(), row.cells.end(),
                       [&](const std::string& cell) { return cell.ends_with("=" + value); });
  }

  struct Callee {
    FunctionId body;
    bool named;  // at the call
  };
  using Callees = std::map<FunctionId, std::vector<Callee>>;

  void find_effects() {
    Callees callees;
    for (const auto* calls : {&v_.reach.calls, &v_.reach.handed})
      for (const ReachedCall& call : *calls)
        for (const FunctionId body : v_.program.defined(call.callee))
          callees[call.step.caller].push_back({body, call.step.certainty == Certainty::Direct});
    std::vector<FunctionId> entries;
    for (const ReachedFunction& reached : v_.reach.functions)
      if (!reached.from && !all_handlers_.contains(reached.function))
        entries.push_back(reached.function);
    start_ = closure(entries, callees, false);
    for (MethodOf& m : methods_) {
      m.runs = closure(m.handlers, callees, true);
      m.then = permits_of(m.runs);
    }
  }

  // What runs from these functions on. A handler that a handler calls by its name is a part of it;
  // any other call of one serves a request of its own.
  std::set<FunctionId> closure(const std::vector<FunctionId>& from, const Callees& callees,
                               bool serves) const {
    std::set<FunctionId> found;
    std::vector<FunctionId> open = from;
    while (!open.empty()) {
      const FunctionId function = open.back();
      open.pop_back();
      if (!found.insert(function).second) continue;
      const auto next = callees.find(function);
      if (next == callees.end()) continue;
      for (const Callee& callee : next->second)
        if ((serves && callee.named) || !all_handlers_.contains(callee.body))
          open.push_back(callee.body);
    }
    return found;
  }

  Methods permits_of(const std::set<FunctionId>& functions) const {
    Methods found;
    for (size_t m = 0; m < methods_.size(); ++m)
      if (first_permit(functions, m)) found.insert(m);
    return found;
  }

  const Permit* first_permit(const std::set<FunctionId>& functions, size_t m) const {
    for (const FunctionId function : functions) {
      const auto here = permits_.find(function);
      if (here == permits_.end()) continue;
      const auto found = here->second.find(methods_[m].operation);
      if (found != here->second.end()) return &found->second.front();
    }
    return nullptr;
  }

  void visit(const Node& node, std::vector<size_t> sequence) {
    if (seen_.try_emplace(node, std::move(sequence)).second) open_.push_back(node);
    accepted_.insert(node.accepts.begin(), node.accepts.end());
  }

  // One request. What no `permits` speaks of may come whenever the protocol lets it.
  void step(const Node& node, size_t m) {
    const MethodOf& method = methods_[m];
    if (method.controlled && !node.accepts.contains(m)) return;
    Node next{{}, node.accepts};
    if (method.once) next.accepts.erase(m);
    next.accepts.insert(method.then.begin(), method.then.end());
    for (const Position& place : node.places) take(place, method.method, next);
    std::vector<size_t> sequence = seen_.at(node);
    if (next.places.empty()) {
      if (method.controlled && reported_.insert(m).second) report_exceeded(sequence, m);
      return;
    }
    pass_time(next);
    sequence.push_back(m);
    visit(next, std::move(sequence));
  }

  void take(const Position& place, MethodId method, Node& to) const {
    for (size_t t = 0; t < protocol_.transitions.size(); ++t) {
      const Transition& transition = protocol_.transitions[t];
      if (transition.from != place.first || transition.method != method) continue;
      if (transition.from != transition.to) {
        to.places.insert({transition.to, {}});
        continue;
      }
      Position same = place;
      if (transition.at_most && *transition.at_most <= MostCounted &&
          ++same.second[t] > *transition.at_most)
        continue;
      to.places.insert(std::move(same));
    }
  }

  void pass_time(Node& node) const {
    std::vector<Position> open(node.places.begin(), node.places.end());
    while (!open.empty()) {
      const uint32_t state = open.back().first;
      open.pop_back();
      const std::optional<Timeout>& timeout = protocol_.states[state].timeout;
      if (!timeout) continue;
      Position later{timeout->to, {}};
      if (node.places.insert(later).second) open.push_back(std::move(later));
    }
  }

  void report_exceeded(const std::vector<size_t>& sequence, size_t m) {
    std::vector<std::string> names;
    for (const size_t before : sequence) names.push_back(name(before));
    const std::string after =
        names.empty() ? "at its start" : fmt::format("after {}", fmt::join(names, ", "));
    const Permit& permit = permit_of(sequence, m);
    const std::string where = fmt::format("{} (permitted at {})", after, print(permit.step.at));
    auto report = v_.sink.report(protocol_.span, diag::ProtocolExceeded, v_.name(), name(m), where,
                                 protocol_.name);
    report.key({v_.name(), name(m), after, protocol_.name});
    report.label(v_.code.span, "by this code");
    report.note(where_permitted(m));
    if (!methods_[m].once) report.note(why_not_once(m));
    v_.add_path(report, permit.step, permit.callee);
  }

  // The last one that turned it on.
  const Permit& permit_of(const std::vector<size_t>& sequence, size_t m) const {
    for (size_t i = sequence.size(); i-- > 0;)
      if (const Permit* permit = first_permit(methods_[sequence[i]].runs, m)) return *permit;
    return *first_permit(start_, m);
  }

  std::string why_not_once(size_t m) const {
    std::string text = fmt::format("it stays accepted once '{}' was served", name(m));
    std::set<std::string> rows;
    for (const Place& row : methods_[m].unmarked) rows.insert(print(row));
    if (v_.code.once.empty() || rows.empty()) return text;
    return text + fmt::format(": no 'once' in its row at {}", fmt::join(rows, ", "));
  }

  void report_unaccepted() {
    std::set<MethodId> wanted;
    for (const Transition& transition : protocol_.transitions) wanted.insert(transition.method);
    for (size_t m = 0; m < methods_.size(); ++m) {
      const bool never = methods_[m].controlled && !accepted_.contains(m);
      if (never && wanted.contains(methods_[m].method))
        v_.sink.report(protocol_.span, diag::ProtocolNotServed, protocol_.name, name(m), v_.name());
    }
  }

  std::string where_permitted(size_t m) const {
    std::set<std::string> places;
    for (const auto& [function, here] : permits_) {
      const auto found = here.find(methods_[m].operation);
      if (found == here.end()) continue;
      for (const Permit& permit : found->second)
        places.insert(fmt::format("{} in {}", print(permit.step.at), v_.plain(function)));
    }
    return fmt::format("'{}' is permitted at {}", name(m), fmt::join(places, ", "));
  }

  const std::string& name(size_t m) const { return v_.model.methods[methods_[m].method].name; }

  const ComponentView& v_;
  const Permits& permits_;
  const Protocol& protocol_;
  std::vector<MethodOf> methods_;
  std::set<FunctionId> all_handlers_;
  std::set<FunctionId> start_;
  std::map<Node, std::vector<size_t>> seen_;  // and the shortest way there
  std::deque<Node> open_;
  std::set<size_t> reported_;
  Methods accepted_;
};

}  // namespace

void check_state_machine(const ComponentView& view) {
  if (view.code.permits.empty()) return;
  const Permits permits = find_permits(view);
  for (const Protocol& protocol : view.model.protocols) {
    const EndpointId endpoint = protocol.endpoint;
    const bool spoken_of = std::any_of(
        view.code.permits.begin(), view.code.permits.end(), [&](const CodePermit& permit) {
          return std::any_of(
              permit.operations.begin(), permit.operations.end(),
              [&](OperationId id) { return view.model.operations[id].endpoint == endpoint; });
        });
    if (spoken_of) StateMachine(view, permits, protocol).check();
  }
}

}  // namespace bh

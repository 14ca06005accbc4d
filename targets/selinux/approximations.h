// Where type enforcement can only be weaker than a policy, and what the policy says of that.
//
// A cell that hangs on arguments or a protocol's state needs an `approximate` of the rule or
// protocol; so does one whose permissions an operation shares that is not granted.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "targets/selinux/cells.h"

namespace bh {

// A rule or protocol that is granted more than it says: the permissions, as "A -> B.e.m".
struct Weakened {
  std::string name;
  std::string because;
  std::vector<std::string> cells;
};

std::string print_cell(const Model& model, ComponentId subject, OperationId operation);

class Approximations {
 public:
  explicit Approximations(const Model& model);

  // The cells of one setting, each with whatever it hangs on.
  void need(const std::vector<Cell>& cells);
  // An operation that the rules grant with another. False when none of them is approximated.
  bool accepts(const std::vector<RuleId>& rules, ComponentId subject, OperationId operation);

  // After all needs are known: what is missing (BH6050, BH6051) or not needed (BH6052).
  void report(DiagnosticSink& sink) const;
  // Those that were needed, in the order of the policy.
  std::vector<Weakened> weakened() const;

 private:
  using Place = std::pair<ComponentId, OperationId>;
  using Places = std::set<Place>;

  const std::string& name_of(const SelinuxTarget::Approximation& given) const;
  const Places* uses(const SelinuxTarget::Approximation& given) const;
  void report_rule(DiagnosticSink& sink, const Rule& rule, const Place& place) const;
  void report_protocol(DiagnosticSink& sink, const Protocol& protocol, const Place& place) const;

  const Model& model_;
  std::vector<SelinuxTarget::Approximation> given_;
  std::set<RuleId> given_rules_;
  std::set<ProtocolId> given_protocols_;
  std::map<RuleId, Places> rules_;
  std::map<ProtocolId, Places> protocols_;
};

}  // namespace bh

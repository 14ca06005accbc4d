#include "analyzer/checks/permits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace bh {
namespace {

bool is_constant(const Atom& atom, const std::string& wanted) {
  if (atom.kind != AtomKind::Constant) return false;
  int64_t number = 0;
  const char* end = wanted.data() + wanted.size();
  const auto [at, error] = std::from_chars(wanted.data(), end, number);
  if (error == std::errc() && at == end) return atom.number == number;
  return fmt::format("+{}+", atom.text).find("+" + wanted + "+") != std::string::npos;
}

// How a call compares with one `permits` clause.
struct Matching {
  bool may = true;        // the call may be meant
  bool computed = false;  // that depends on what is not known
};

Matching matches(const CodePermit& permit, const ReachedCall& call) {
  Matching result;
  for (const CodeUse::Match& match : permit.matches) {
    if (match.argument >= call.values.size()) return {false, false};
    const std::vector<Atom>& atoms = call.values[match.argument].alternatives;
    const bool some = std::any_of(atoms.begin(), atoms.end(), [&](const Atom& atom) {
      return is_constant(atom, match.constant);
    });
    const bool unknown = std::any_of(atoms.begin(), atoms.end(), [](const Atom& atom) {
      return atom.kind != AtomKind::Constant;
    });
    if (!some && !unknown) return {false, false};
    result.may &= some;
    result.computed |= unknown;
  }
  return result;
}

}  // namespace

Permits find_permits(const ComponentView& v) {
  Permits found;
  for (const ReachedCall& call : v.reach.calls) {
    bool computed = false;
    std::set<OperationId> operations;
    for (const CodePermit& permit : v.code.permits) {
      if (!is_called(call.callee, permit.function)) continue;
      const Matching matching = matches(permit, call);
      computed |= matching.computed;
      if (matching.may) operations.insert(permit.operations.begin(), permit.operations.end());
    }
    if (computed) {
      auto report =
          v.sink.report(v.code.span, diag::PermitUndecided, plain_name(call.callee), call.step.at);
      v.add_path(report, call.step, plain_name(call.callee));
    }
    if (operations.empty()) continue;
    for (const OperationId operation : operations)
      found[call.step.caller][operation].push_back({call.step, plain_name(call.callee)});
    v.result.permits.push_back(
        {{operations.begin(), operations.end()}, call.step.at, v.plain(call.step.caller)});
  }
  return found;
}

}  // namespace bh

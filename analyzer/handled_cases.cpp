#include "analyzer/handled_cases.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace bh {
namespace {

bool has_constant(const CaseFact& fact, const std::string& constant) {
  int64_t number = 0;
  const char* end = constant.data() + constant.size();
  auto [at, error] = std::from_chars(constant.data(), end, number);
  bool is_number = error == std::errc() && at == end;
  return std::any_of(fact.constant.alternatives.begin(), fact.constant.alternatives.end(),
                     [&](const Atom& atom) {
                       return atom.kind == AtomKind::Constant &&
                              (is_number ? atom.number == number : atom.text == constant);
                     });
}

std::set<std::string> definitions_of(const Program& program, const std::string& function) {
  std::set<std::string> found;
  for (FunctionId id : program.named(function))
    found.insert(program.functions()[id].fact->definition);
  return found;
}

}  // namespace

std::vector<const CaseFact*> cases_served(const Program& program, const Reach& reach,
                                          const CodeServe& serve) {
  const std::set<std::string> owners = definitions_of(program, serve.function);
  std::vector<const CaseFact*> found;
  for (const CaseFact* fact : reach.cases)
    if (owners.contains(fact->owner) && has_constant(*fact, serve.constant)) found.push_back(fact);
  return found;
}

std::vector<const CaseFact*> cases_not_served(const Program& program, const Reach& reach,
                                              const CodeMap& code) {
  using Switch = std::pair<std::string, Value>;  // owner and what is switched on
  std::set<Switch> switches;
  std::set<const CaseFact*> served;
  for (const CodeServe& serve : code.serves) {
    if (serve.constant.empty()) continue;
    for (const CaseFact* fact : cases_served(program, reach, serve)) {
      switches.insert({fact->owner, fact->on});
      served.insert(fact);
    }
  }
  std::vector<const CaseFact*> found;
  for (const CaseFact* fact : reach.cases)
    if (switches.contains({fact->owner, fact->on}) && !served.contains(fact)) found.push_back(fact);
  return found;
}

}  // namespace bh

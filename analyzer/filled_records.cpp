#include "analyzer/filled_records.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace bh {
namespace {

// Functions of the system, and the argument whose target they fill from elsewhere.
constexpr auto Fillers = std::to_array<std::pair<std::string_view, size_t>>({{"SSL_read", 1},
                                                                             {"bcopy", 1},
                                                                             {"fread", 0},
                                                                             {"memcpy", 0},
                                                                             {"memmove", 0},
                                                                             {"mempcpy", 0},
                                                                             {"mq_receive", 1},
                                                                             {"msgrcv", 1},
                                                                             {"pread", 1},
                                                                             {"read", 1},
                                                                             {"recv", 1},
                                                                             {"recvfrom", 1},
                                                                             {"std::memcpy", 0},
                                                                             {"std::memmove", 0}});

}  // namespace

FilledRecords::FilledRecords(const Program& program) : program_(program) {
  for (const RecordFact& field : program.facts().records) records_[field.record].push_back(&field);
  const std::string parameter = "param:";
  for (bool more = true; more;) {
    more = false;
    for (const ProgramFunction& function : program.functions())
      for (const CallFact* call : function.owned.calls)
        for (size_t i = 0; i < call->arguments.size(); ++i)
          for (const Atom& atom : call->arguments[i].alternatives)
            if (atom.kind == AtomKind::Slot && atom.text.starts_with(parameter) &&
                fills(call->callee, i))
              more |= forwarders_
                          .insert({function.fact->name,
                                   std::strtoul(atom.text.c_str() + parameter.size(), nullptr, 10)})
                          .second;
  }
}

bool FilledRecords::fills(const std::string& callee, size_t argument) const {
  if (forwarders_.contains({callee, argument})) return true;
  const std::string name = plain_name(callee);
  return program_.defined(callee).empty() &&
         std::find(Fillers.begin(), Fillers.end(), std::pair(std::string_view(name), argument)) !=
             Fillers.end();
}

std::vector<std::string> FilledRecords::fields(const PassFact& pass) const {
  std::vector<std::string> found;
  if (!fills(pass.callee, pass.argument)) return found;
  std::set<std::string> seen;
  std::vector<std::string> open = {pass.record};
  while (!open.empty()) {
    const std::string record = std::move(open.back());
    open.pop_back();
    const auto fields = records_.find(record);
    if (!seen.insert(record).second || fields == records_.end()) continue;
    for (const RecordFact* field : fields->second) {
      if (field->holds.starts_with("record:"))
        open.push_back(field->holds.substr(7));
      else if (field->holds != "pointer")
        found.push_back("field:" + record + "." + field->field);
    }
  }
  return found;
}

}  // namespace bh

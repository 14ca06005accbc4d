#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// What takes bytes out of the process.
constexpr auto Senders =
    std::to_array<std::string_view>({"SSL_write", "fwrite", "mq_send", "mq_timedsend", "msgsnd",
                                     "pwrite", "send", "sendmsg", "sendto", "write", "writev"});

// A record that holds a pointer must not be sent whole: the other side has another memory.
class Pointers {
 public:
  explicit Pointers(const ComponentView& view) : v_(view) {
    for (const RecordFact& field : view.program.facts().records)
      fields_[field.record].push_back(&field);
    find_forwarders();
  }

  void check() {
    std::set<std::pair<Place, std::string>> seen;
    for (const PassFact* pass : v_.reach.passes) {
      const std::optional<FunctionId> owner = v_.reached_owner(pass->owner);
      if (!owner || !sends(pass->callee, pass->argument)) continue;
      const std::string field = pointer_in(pass->record);
      if (field.empty() || !seen.insert({pass->at, pass->record}).second) continue;
      const std::string callee = plain_name(pass->callee);
      auto report = v_.sink.report(v_.code.span, diag::PointerSent, v_.name(), pass->record, callee,
                                   pass->at, field);
      v_.add_path(report, Step{*owner, pass->at}, callee);
    }
  }

 private:
  using Parameter = std::pair<std::string, size_t>;  // link name of the function, and which

  // A function of the system that stands for an object (`Machine.ioctl <- ioctl`) looks into the
  // memory of its caller: nothing leaves it.
  bool is_sender(const std::string& callee) const {
    const std::string name = plain_name(callee);
    const bool outside = v_.program.defined(callee).empty();
    if (outside && std::find(Senders.begin(), Senders.end(), name) != Senders.end()) return true;
    return std::any_of(v_.code.uses.begin(), v_.code.uses.end(), [&](const CodeUse& use) {
      const ComponentId owner =
          v_.model.endpoints[v_.model.operations[use.operation].endpoint].owner;
      const bool object = v_.model.components[owner].kind == ComponentKind::Object;
      return is_called(callee, use.function) && !(outside && object);
    });
  }

  bool sends(const std::string& callee, size_t argument) const {
    return is_sender(callee) || forwarders_.contains({callee, argument});
  }

  // Functions of the program that hand a parameter on to what sends it, over any number of calls.
  void find_forwarders() {
    for (bool more = true; more;) {
      more = false;
      for (const ReachedCall& call : v_.reach.calls) {
        const std::string& caller = v_.fact(call.step.caller).name;
        for (size_t i = 0; i < call.arguments->size(); ++i)
          for (const Atom& atom : (*call.arguments)[i].alternatives) {
            const std::optional<size_t> parameter = parameter_of(atom);
            if (parameter && sends(call.callee, i))
              more |= forwarders_.insert({caller, *parameter}).second;
          }
      }
    }
  }

  static std::optional<size_t> parameter_of(const Atom& atom) {
    if (atom.kind != AtomKind::Slot || !atom.text.starts_with("param:")) return std::nullopt;
    return static_cast<size_t>(std::strtoul(atom.text.c_str() + 6, nullptr, 10));
  }

  // The way to the first pointer in it, "head.next"; "" when it holds none.
  std::string pointer_in(const std::string& record) const {
    std::vector<std::pair<std::string, std::string>> open = {{record, ""}};
    std::set<std::string> seen;
    while (!open.empty()) {
      const auto [name, path] = open.back();
      open.pop_back();
      const auto fields = fields_.find(name);
      if (!seen.insert(name).second || fields == fields_.end()) continue;
      for (const RecordFact* field : fields->second) {
        const std::string inner = path.empty() ? field->field : path + "." + field->field;
        if (field->holds == "pointer") return inner;
        if (field->holds.starts_with("record:")) open.push_back({field->holds.substr(7), inner});
      }
    }
    return "";
  }

  const ComponentView& v_;
  std::map<std::string, std::vector<const RecordFact*>> fields_;
  std::set<Parameter> forwarders_;
};

}  // namespace

void check_pointers(const ComponentView& view) { Pointers(view).check(); }

}  // namespace bh

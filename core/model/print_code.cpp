#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/model/print.h"

namespace bh {

std::string print_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + "\"";
}

namespace {

class CodePrinter {
 public:
  explicit CodePrinter(const Model& model) : m_(model) {}

  std::string run(const CodeMap& code) {
    line("code {} {{", m_.components[code.component].name);
    for (const NamedText& s : code.sources) line("    sources {}", print_string(s.text));
    for (const CodeEntry& e : code.entries) entry(e);
    if (code.memory) line("    memory {}", code.memory->text);
    for (const CodeUse& u : code.uses) use(u);
    for (const CodeServe& s : code.serves) serve(s);
    for (const CodePermit& p : code.permits) permit(p);
    for (const NamedText& o : code.once) line("    once {}", o.text);
    for (const NamedText& f : code.forbids) line("    forbids {{ {} }}", print_string(f.text));
    for (const CodeMust& m : code.musts) must(m);
    for (const CodeCheck& c : code.checks) check(c);
    for (const CodeAssume& a : code.assumes)
      line("    assume {} = {}{}", a.subject, a.value, because(a.because));
    for (const CodeResolve& r : code.resolves)
      line("    resolve {} -> {{ {}{}}}{}", r.site, strings(r.functions, ", "),
           r.functions.empty() ? "" : " ", because(r.because));
    for (const CodeHold& h : code.holds)
      line("    holds {}: {}", h.variable, m_.lattices[h.lattice].levels[h.level].name);
    for (const CodeShare& s : code.shares) line("    shares {}{}", s.variable, because(s.because));
    for (const CodeAccept& a : code.accepts)
      line("    accept {}{}", print_string(a.subject), because(a.because));
    line("}}");
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  static std::string because(const std::string& reason) {
    return reason.empty() ? "" : "\n    because " + print_string(reason);
  }

  static std::string strings(const std::vector<std::string>& texts, std::string_view between) {
    std::vector<std::string> found;
    for (const std::string& text : texts) found.push_back(print_string(text));
    return fmt::format("{}", fmt::join(found, between));
  }

  static std::string match(const CodeUse::Match& m) {
    return m.field.empty() ? fmt::format("arg {} = {}", m.argument, m.constant)
                           : fmt::format("{} = {}", m.field, m.constant);
  }

  void entry(const CodeEntry& e) {
    const std::string after =
        e.after ? fmt::format(" after {}() = {}", print_string(e.after->function), e.after->value)
                : "";
    line("    entry {}{}", print_string(e.function), after);
  }

  void use(const CodeUse& u) {
    std::vector<std::string> arguments;
    for (const CodeUse::Binding& b : u.bindings) {
      const std::string& parameter = m_.method_of(u.operation).parameters[b.parameter].name;
      arguments.push_back(fmt::format("{}: arg {}", parameter, b.argument));
    }
    for (const CodeUse::Match& m : u.matches) arguments.push_back(match(m));
    line("    uses {} <- {}({})", print(m_, u.operation), print_string(u.function),
         fmt::join(arguments, ", "));
  }

  void serve(const CodeServe& s) {
    line("    serves {} <- {}{}", print(m_, s.operation), print_string(s.function),
         s.constant.empty() ? "" : fmt::format("(case {})", s.constant));
  }

  void permit(const CodePermit& p) {
    std::vector<std::string> operations;
    for (const OperationId id : p.operations) operations.push_back(print(m_, id));
    std::vector<std::string> matches;
    for (const CodeUse::Match& m : p.matches) matches.push_back(match(m));
    line("    permits {} <- {}({})", fmt::join(operations, ", "), print_string(p.function),
         fmt::join(matches, ", "));
  }

  void must(const CodeMust& m) {
    line("    must {} before {}", strings(m.steps, " then "), print_string(m.before));
  }

  void check(const CodeCheck& c) {
    line("    checks {}({}) with {}", print_string(c.function),
         c.argument ? fmt::format("arg {}", *c.argument) : "result", print_string(c.with));
  }

  const Model& m_;
  std::string text_;
};

}  // namespace

std::string print(const Model& model, const CodeMap& code) { return CodePrinter(model).run(code); }

}  // namespace bh

// Diagnostics: what Bulkhead tells its user. One value; text, JSON, SARIF and LSP are renderers of it.
//
//   sink.report(use.span, diag::UnknownComponent, name)     // wrong argument types do not compile
//       .label(nearest.span, "did you mean this one?")
//       .help("write 'clock'");
//
// A failed proof is a diagnostic too: its labels are the steps of the counterexample, in order.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/source/place.h"
#include "core/source/source.h"

namespace bh {

enum class Severity : uint8_t {
  Error,      // a finding: exit 1 (or 2 when nothing could be checked at all)
  Undecided,  // neither proved nor refuted: exit 3, unless there are errors
  Warning,    // worth reading; does not close a gate
};

// The static part of a diagnostic, one per line of codes.def.
template <class... Args>
struct DiagKind {
  uint16_t number;
  std::string_view name;
  Severity severity;
  fmt::format_string<Args...> message;
};

namespace diag {
#define DIAG(number, name, severity, message, ...) \
  inline constexpr DiagKind<__VA_ARGS__> name{number, #name, Severity::severity, message};
#include "core/diag/codes.def"
}  // namespace diag

struct Label {
  Span span;
  std::string text;
};

// A suggested edit, shown as help and offered by editors.
struct FixIt {
  std::string text;      // what it does: "write 'clock'"
  Span replace;          // an empty span inserts
  std::string with;
};

// A step of a way through the code under analysis: "in main, calls f".
struct CodeStep {
  Place at;
  std::string text;
};

struct Diagnostic {
  uint16_t code = 0;  // 2001 is shown as BH2001
  Severity severity = Severity::Error;
  Span span;             // where the fault is; may point nowhere (a missing file)
  std::string message;   // one line, no code in it
  std::vector<Label> labels;
  std::vector<std::string> notes;  // facts: "= note: ..."
  std::vector<std::string> helps;  // what would make it right: "= help: ..."
  std::vector<FixIt> fixes;
  // What it is about, whatever line that stands on: the words of the message that are neither
  // places nor numbers. Two findings with one code and one key are the same finding.
  std::vector<std::string> key;
  std::optional<Place> at;      // in the code under analysis: the first place in the message
  std::vector<CodeStep> steps;  // the way there, from where the component starts
};

std::string print_code(uint16_t code);  // "BH2001"

// Looks a code up in codes.def.
struct CodeInfo {
  uint16_t number;
  std::string_view name;
  Severity severity;
};
const std::vector<CodeInfo>& all_codes();

// Collects diagnostics in the order in which they were reported.
class DiagnosticSink {
 public:
  // Adds detail to the diagnostic just reported. Lives no longer than the sink.
  class Builder {
   public:
    explicit Builder(Diagnostic& d) : d_(&d) {}
    Builder& label(Span span, std::string text) {
      d_->labels.push_back({span, std::move(text)});
      return *this;
    }
    Builder& note(std::string text) {
      d_->notes.push_back(std::move(text));
      return *this;
    }
    Builder& help(std::string text) {
      d_->helps.push_back(std::move(text));
      return *this;
    }
    Builder& fix(FixIt fix) {
      d_->fixes.push_back(std::move(fix));
      return *this;
    }
    // In place of the words of the message, where one of these may change without a reason.
    Builder& key(std::vector<std::string> words) {
      d_->key = std::move(words);
      return *this;
    }
    Builder& key_word(std::string word) {
      d_->key.push_back(std::move(word));
      return *this;
    }
    Builder& step(Place at, std::string text) {
      d_->steps.push_back({std::move(at), std::move(text)});
      return *this;
    }

   private:
    Diagnostic* d_;
  };

  template <class... Kind, class... Args>
  Builder report(Span span, const DiagKind<Kind...>& kind, const Args&... args) {
    static_assert(sizeof...(Kind) == sizeof...(Args), "wrong number of message arguments");
    Diagnostic& d = add(kind.number, kind.severity, span,
                        fmt::vformat(kind.message, fmt::make_format_args(static_cast<const Kind&>(Kind(args))...)));
    (note_word(d, Kind(args)), ...);
    return Builder(d);
  }

  // One that another sink has collected.
  void add(Diagnostic diagnostic) { diagnostics_.push_back(std::move(diagnostic)); }

  const std::deque<Diagnostic>& diagnostics() const { return diagnostics_; }
  bool has_errors() const { return count(Severity::Error) > 0; }
  size_t count(Severity severity) const;

 private:
  Diagnostic& add(uint16_t code, Severity severity, Span span, std::string message);

  template <class Word>
  static void note_word(Diagnostic& d, const Word& word) {
    if constexpr (std::is_same_v<Word, Place>) {
      if (!d.at) d.at = word;
    } else if constexpr (std::is_convertible_v<const Word&, std::string_view>) {
      d.key.emplace_back(std::string_view(word));
    }
  }

  std::deque<Diagnostic> diagnostics_;
};

}  // namespace bh

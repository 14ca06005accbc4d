// Policies as text, for tests of the solver.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diag/diag.h"
#include "core/model/model.h"
#include "core/source/source.h"
#include "lang/compile.h"
#include "solver/check.h"

namespace bh::test {

// A compiled and checked policy. `result` is there when the policy compiled.
struct Checked {
  SourceMap sources;
  DiagnosticSink sink;
  std::optional<CheckedModel> model;
  std::optional<CheckResult> result;

  // "BH3001" for each finding, in order.
  std::vector<std::string> codes() const {
    std::vector<std::string> list;
    for (const Diagnostic& d : sink.diagnostics()) list.push_back(print_code(d.code));
    return list;
  }
  // Everything that was said, for messages of failing tests.
  std::string text() const {
    std::string text;
    for (const Diagnostic& d : sink.diagnostics()) {
      text += sources.print(d.span) + ": " + print_code(d.code) + ": " + d.message + "\n";
      for (const Label& label : d.labels)
        text += "    " + sources.print(label.span) + ": " + label.text + "\n";
      for (const std::string& note : d.notes) text += "    = " + note + "\n";
    }
    return text;
  }
  const PropertyVerdict& verdict(std::string_view property) const {
    for (const PropertyVerdict& v : result->properties) {
      if ((*model)->properties[v.property].name == property) return v;
    }
    BH_CHECK(false);
  }
};

inline void compile_into(Checked& checked, std::string path, std::string text) {
  const FileId file = checked.sources.add(std::move(path), std::move(text));
  checked.model = compile(checked.sources, {file}, checked.sink);
}

inline Checked check_text(std::string path, std::string text, const CheckOptions& options = {}) {
  Checked checked;
  compile_into(checked, std::move(path), std::move(text));
  if (checked.model) checked.result = check_policy(*checked.model, options, checked.sink);
  return checked;
}

}  // namespace bh::test

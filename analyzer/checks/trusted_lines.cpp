#include <fmt/format.h>

#include <algorithm>

#include "analyzer/checks/checks.h"

namespace bh {
namespace {

class TrustedLines {
 public:
  TrustedLines(const Model& model, const ValidationResult& result, DiagnosticSink& sink)
      : model_(model), result_(result), sink_(sink) {}

  void check(const Property& property) {
    const auto* base = std::get_if<TrustedBase>(&property.body);
    if (base == nullptr || !base->most_lines) return;
    std::map<std::string, IntervalSet> lines;
    std::string sizes;
    for (const ComponentId id : base->components) {
      const ComponentResult* part = result_of(id);
      if (part == nullptr || !part->followed) {
        sink_
            .report(property.span, diag::LinesNotCounted, property.name, model_.components[id].name)
            .help(fmt::format("say what its program is: code {} {{ sources \"..\" entry main }}",
                              model_.components[id].name));
        return;
      }
      for (const auto& [file, spans] : part->spans) lines[file] = lines[file] | IntervalSet(spans);
      sizes += fmt::format("{}{} {}", sizes.empty() ? "" : ", ", model_.components[id].name,
                           part->reached_lines);
    }
    uint64_t count = 0;
    for (const auto& [file, set] : lines) {
      for (const Interval& i : set.intervals()) count += i.high - i.low + 1;
    }
    if (count <= *base->most_lines) return;
    sink_.report(property.span, diag::TrustedBaseTooLong, property.name, count, *base->most_lines)
        .note("lines of the functions that each program reaches: " + sizes);
  }

 private:
  const ComponentResult* result_of(ComponentId id) const {
    const auto at = std::find_if(result_.components.begin(), result_.components.end(),
                                 [&](const ComponentResult& part) { return part.component == id; });
    return at == result_.components.end() ? nullptr : &*at;
  }

  const Model& model_;
  const ValidationResult& result_;
  DiagnosticSink& sink_;
};

}  // namespace

void check_trusted_lines(const Model& model, const ValidationResult& result, DiagnosticSink& sink) {
  TrustedLines trusted(model, result, sink);
  for (const Property& property : model.properties) trusted.check(property);
}

}  // namespace bh

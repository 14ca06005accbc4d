// What each check of `validate` sees of one component, and where it says what it found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/program.h"
#include "analyzer/reach.h"
#include "analyzer/validate.h"

namespace bh {

// All is borrowed. INVARIANT: but for check_roots, the component's code was followed.
struct ComponentView {
  const Model& model;
  const CodeMap& code;
  const Program& program;
  const Reach& reach;
  const ValidateOptions& options;
  DiagnosticSink& sink;
  ComponentResult& result;

  const std::string& name() const { return model.components[code.component].name; }
  const FunctionFact& fact(FunctionId id) const { return *program.functions()[id].fact; }
  std::string plain(FunctionId id) const { return plain_name(fact(id).name); }
  // The function in whose body the record was found, if it is reached.
  std::optional<FunctionId> reached_owner(const std::string& owner) const;
  // The name of who takes the step; "" for an entry, which nobody calls.
  std::string caller_of(const Step& step) const;
  // The way to a function that the component reaches.
  Step way_to(FunctionId function) const;
  // Notes where it is, and how execution gets there from an entry.
  void add_path(DiagnosticSink::Builder& report, const Step& last, const std::string& target) const;
  void add_path(DiagnosticSink::Builder& report, const Place& at,
                const std::vector<std::string>& path, const std::string& target) const;
  void add_steps(DiagnosticSink::Builder& report, const std::vector<Step>& steps) const;
};

// Whether the person who wrote `name` means this function.
inline bool is_called(const std::string& link_name, const std::string& name) {
  return link_name == name || plain_name(link_name) == name;
}

}  // namespace bh

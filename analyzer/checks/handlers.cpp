#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "analyzer/checks/checks.h"
#include "analyzer/handled_cases.h"

namespace bh {
namespace {

// The rows of the component's tables by which a call through a pointer gets there.
void add_rows(const ComponentView& v, DiagnosticSink::Builder& report,
              const std::string& link_name) {
  for (const RowFact& row : v.program.facts().rows) {
    const bool names =
        std::any_of(row.cells.begin(), row.cells.end(),
                    [&](const std::string& cell) { return cell.ends_with("=fn:" + link_name); });
    if (names && v.reach.globals.contains(row.table) && v.program.contains(row.at.file))
      report.note(fmt::format("row of the table '{}' at {}: {}", plain_name(row.table),
                              print(row.at), fmt::join(row.cells, " ")));
  }
}

void report_foreign(const ComponentView& v, const CodeServe& serve, FunctionId function) {
  if (!v.reach.index.contains(function)) return;
  const Step from = v.way_to(function);
  auto report = v.sink.report(serve.span, diag::ForeignHandler, v.name(), serve.function,
                              print(v.model, serve.operation), from.at);
  report.label(v.code.span, "by this code");
  v.add_path(report, from, serve.function);
  add_rows(v, report, v.fact(function).name);
}

}  // namespace

static void check_case(const ComponentView& v, const CodeServe& serve) {
  const std::vector<const CaseFact*> served = cases_served(v.program, v.reach, serve);
  for (const CaseFact* fact : served)
    v.result.handlers.push_back({serve.operation, serve.function, fact->at});
  if (served.empty())
    v.sink.report(serve.span, diag::HandlerNotReached,
                  fmt::format("case {} of {}", serve.constant, serve.function),
                  print(v.model, serve.operation), v.name());
}

// Work that another component's code does must not be done here.
static void check_foreign(const ComponentView& v) {
  using Served = std::pair<std::string, std::string>;  // function, and constant of a case
  std::set<Served> own;
  for (const CodeServe& serve : v.code.serves) own.insert({serve.function, serve.constant});
  for (const CodeMap& other : v.model.code) {
    if (other.component == v.code.component) continue;
    for (const CodeServe& serve : other.serves) {
      if (own.contains({serve.function, serve.constant})) continue;
      if (!serve.constant.empty() && cases_served(v.program, v.reach, serve).empty()) continue;
      for (const FunctionId function : v.program.named(serve.function))
        report_foreign(v, serve, function);
    }
  }
}

// The functions that the cells of a row hold, by field: "handle=fn:NAME".
static std::vector<std::pair<std::string, std::string>> functions_in(const RowFact& row) {
  const std::string word = "=fn:";
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string& cell : row.cells)
    if (const size_t at = cell.find(word); at != std::string::npos)
      found.emplace_back(cell.substr(0, at), cell.substr(at + word.size()));
  return found;
}

// A table whose rows answer some requests answers the others as well.
static void check_rows(const ComponentView& v) {
  std::set<std::string> own, served;  // link names
  for (const CodeMap& code : v.model.code)
    for (const CodeServe& serve : code.serves)
      for (const FunctionId function : v.program.named(serve.function)) {
        served.insert(v.fact(function).name);
        if (code.component == v.code.component) own.insert(v.fact(function).name);
      }
  using Column = std::pair<std::string, std::string>;  // table and field
  std::set<Column> answering;
  const auto each = [&](const auto& work) {
    for (const RowFact& row : v.program.facts().rows)
      if (v.reach.globals.contains(row.table) && v.program.contains(row.at.file))
        for (const auto& [field, function] : functions_in(row)) work(row, field, function);
  };
  each([&](const RowFact& row, const std::string& field, const std::string& function) {
    if (own.contains(function)) answering.insert({row.table, field});
  });
  each([&](const RowFact& row, const std::string& field, const std::string& function) {
    const std::vector<FunctionId>& bodies = v.program.defined(function);
    const bool reached = std::any_of(bodies.begin(), bodies.end(),
                                     [&](FunctionId id) { return v.reach.index.contains(id); });
    if (!reached || served.contains(function) || !answering.contains({row.table, field})) return;
    const std::string name = plain_name(function);
    v.sink
        .report(v.code.span, diag::UndeclaredCase, v.name(), fmt::format("with '{}'", name), row.at)
        .note(fmt::format("a row of the table '{}': {}", plain_name(row.table),
                          fmt::join(row.cells, " ")))
        .help(fmt::format("say which request it is: serves PATH <- {}", name));
  });
}

// What this one serves must be served, and nothing but that.
void check_handlers(const ComponentView& v) {
  check_foreign(v);
  check_rows(v);
  for (const CodeServe& serve : v.code.serves) {
    if (!serve.constant.empty()) {
      check_case(v, serve);
      continue;
    }
    for (const FunctionId function : v.program.named(serve.function)) {
      if (v.reach.index.contains(function))
        v.result.handlers.push_back({serve.operation, serve.function, v.fact(function).at});
      else
        v.sink.report(serve.span, diag::HandlerNotReached, serve.function,
                      print(v.model, serve.operation), v.name());
    }
  }
  for (const CaseFact* fact : cases_not_served(v.program, v.reach, v.code))
    v.sink.report(v.code.span, diag::UndeclaredCase, v.name(), in_words(fact->constant), fact->at)
        .note(fmt::format("in a switch over {}", in_words(fact->on)))
        .help("say which request it is: serves PATH <- f(case K)");
}

}  // namespace bh

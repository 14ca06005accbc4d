// corpus_validate FACTS POLICY: joins extracted facts with a policy and prints the result and each
// finding on a line. Exit codes as everywhere.
#include <fmt/format.h>

#include "analyzer/shards.h"
#include "analyzer/validate.h"
#include "lang/compile.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  bh::Result<std::string> text = bh::read_file(argv[2]);
  bh::Result<bh::Facts> facts = bh::load_facts(argv[1]);
  if (!text || !facts) {
    fmt::print(stderr, "{}\n", text ? facts.error().message : text.error().message);
    return 2;
  }
  bh::SourceMap sources;
  bh::FileId file = sources.add(argv[2], *text);
  bh::DiagnosticSink sink;
  std::optional<bh::CheckedModel> model = bh::compile(sources, {file}, sink);
  if (model) fmt::print("{}", print(bh::validate(*model, *facts, {}, sink), **model));
  for (const bh::Diagnostic& d : sink.diagnostics()) {
    fmt::print("{} {}\n", bh::print_code(d.code), d.message);
    for (const std::string& note : d.notes) fmt::print("    {}\n", note);
  }
  return sink.has_errors() ? 1 : sink.count(bh::Severity::Undecided) > 0 ? 3 : 0;
}

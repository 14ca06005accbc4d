// Any bytes as facts: reading ends, what is accepted is written as itself, and the join survives
// it.
#include "analyzer/program.h"
#include "analyzer/reach.h"
#include "analyzer/shards.h"
#include "core/base/check.h"
#include "core/facts/text.h"

using namespace bh;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)read_inputs(text);
  (void)read_index(text);
  Result<Facts> facts = read_facts(text);
  if (!facts) return 0;
  Result<Facts> again = read_facts(write_facts(*facts));
  BH_CHECK(again.has_value());
  BH_CHECK(*again == *facts);
  Program program(*facts, {"**"});
  ReachOptions options;
  for (FunctionId function : program.functions().ids()) options.entries.push_back(function);
  options.assumptions = {{"separated", 1}, {"R.f", 0}, {"p()", 0}};
  const Reach result = reach(program, options);
  BH_CHECK(result.functions.size() == program.functions().size());
  return 0;
}

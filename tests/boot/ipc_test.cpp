// Calls between components of a booted system: what is granted arrives as declared, what is not is
// refused and audited.
#include <gtest/gtest.h>

#include "tests/boot/machine.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

Step call(uint64_t channel, uint64_t method, std::vector<uint64_t> words, bh_status status = BH_OK,
          std::vector<uint64_t> results = {}) {
  Step step;
  step.op = Op::Call;
  step.channel = channel;
  step.method = method;
  step.status = status;
  std::copy(words.begin(), words.end(), step.words);
  std::copy(results.begin(), results.end(), step.expected);
  return step;
}

Step serve(uint64_t method, std::vector<uint64_t> arguments, bh_status status = BH_OK,
           std::vector<uint64_t> results = {}) {
  Step step;
  step.op = Op::Serve;
  step.method = method;
  step.status = status;
  std::copy(arguments.begin(), arguments.end(), step.expected);
  std::copy(results.begin(), results.end(), step.words);
  return step;
}

Step simple(Op op, uint64_t status = 0) {
  Step step;
  step.op = op;
  step.status = status;
  return step;
}

constexpr uint32_t MayShutdown = BH_COMPONENT_MAY_SHUTDOWN;

// Component 0 may call methods of component 1.
SystemSpec pair(std::vector<MethodSpec> methods, EdgeSpec edge) {
  SystemSpec system;
  edge.endpoint = 0;
  system.components = {{{edge}, MayShutdown, {}}, {{}, MayShutdown, {}}};
  system.endpoints = {{1, std::move(methods), {}}};
  return system;
}

TEST(Ipc, GrantedCallCarriesExactlyTheDeclaredWords) {
  SystemSpec system = pair({{2, 0, 1, 0, false, {}}}, {0, 1, 0, {}});
  Outcome r =
      run(system,
          {scripted({call(0, 0, {7, 8, 9, 10, 11, 12}, BH_OK, {99}), simple(Op::Shutdown)}),
           scripted({serve(0, {7, 8}, BH_OK, {99, 98, 97, 96, 95, 94}), simple(Op::ServeAll)})});
  EXPECT_EQ(r.exit, 0) << r.text;
  ASSERT_EQ(r.audit.size(), 3u) << r.text;
  EXPECT_EQ(r.audit[0]["audit"], "granted");
  EXPECT_EQ(r.audit[0]["words"], nlohmann::json({7, 8, 0, 0, 0, 0}));
  EXPECT_EQ(r.audit[1]["audit"], "reply");
  EXPECT_EQ(r.audit[1]["words"], nlohmann::json({99, 0, 0, 0, 0, 0}));
  EXPECT_EQ(r.audit[2]["audit"], "shutdown");
}

}  // namespace
}  // namespace bh::boot_test

// A policy's own tests on the booted microkernel: what is true there passes, what is not is found.
#include <gtest/gtest.h>

#include <algorithm>

#include "driver/pipeline/boot_tests.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"
#include "lang/compile.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view Meter = R"(policy meter 1.0
interface Device {
    call login(pin: bytes[4])
    call read(page: u8 in 3..9) -> value: u8 in {7, 9}, text: bytes[4000]
    event alarm(code: u16)
}
interface Own { call check() }
component Alice { handles device: Device }
component Bob   { handles device: Device }
component Meter { provides device: Device provides own: Own }
allow use:   { Alice, Bob } -> Meter.device
allow ring:  Meter -> { Alice.device, Bob.device }
allow check: Meter -> Meter.own.check
protocol Session on Meter.device shared {
    Free* -login ok->      Held
    Held  -read by same->  Held   at most 2
    Held  -after 20ms->    Free
}
)";

class BootTests : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("qemu-system-aarch64").empty()) {
      GTEST_SKIP() << "SKIPPED: no qemu-system-aarch64";
    }
  }
  // The verdicts, in order.
  std::vector<std::string> play(const std::string& text) {
    sink = DiagnosticSink();
    const FileId file = sources.add("meter.bh", text);
    const std::optional<CheckedModel> model = compile(sources, {file}, sink);
    BH_CHECK(model.has_value());
    return play(*model);
  }
  std::vector<std::string> play(const CheckedModel& model) {
    std::vector<std::string> verdicts;
    BootTestsOptions options;
    options.home = fs::path(BH_BINARY_DIR) / "microkernel";
    options.line = [&](std::string_view line) {
      verdicts.emplace_back(line.substr(0, line.find(' ')));
    };
    const auto counts = boot_tests(model, options, sink);
    BH_CHECK(counts.has_value() && counts->has_value());
    return verdicts;
  }
  std::vector<uint16_t> codes() const {
    std::vector<uint16_t> found;
    for (const Diagnostic& d : sink.diagnostics()) found.push_back(d.code);
    return found;
  }
  SourceMap sources;
  DiagnosticSink sink;
};

// Two callers in turn, an event in between to one that later calls, refusals of every kind, waits.
TEST_F(BootTests, WhatIsTruePasses) {
  const std::vector<std::string> verdicts = play(std::string(Meter) + R"(
test "turns" {
    deny  Alice -> Meter.device.read(page: 3) by Session
    allow Alice -> Meter.device.login() replies error
    deny  Alice -> Meter.device.read(page: 3) by Session
    allow Alice -> Meter.device.login()
    allow Meter -> Alice.device.alarm(code: 5)
    deny  Bob   -> Meter.device.read(page: 3) by Session
    allow Alice -> Meter.device.read(page: 3) by use
    deny  Alice -> Meter.own.check()          by default
    allow Meter -> Bob.device.alarm(code: 5)
    allow Alice -> Meter.device.read(page: 9)
    deny  Alice -> Meter.device.read(page: 9) by Session
}
test "time" {
    allow Alice -> Meter.device.login()
    wait 19ms
    allow Alice -> Meter.device.read(page: 4)
    wait 1ms
    deny  Alice -> Meter.device.read(page: 4) by Session
    allow Bob   -> Meter.device.login()
    wait 2h
    deny  Bob   -> Meter.device.read(page: 4) by Session
}
)");
  EXPECT_EQ(verdicts, (std::vector<std::string>{"passed", "passed"}));
  EXPECT_EQ(codes(), std::vector<uint16_t>{});
}

TEST_F(BootTests, WhatIsNotTrueFails) {
  const std::vector<std::string> verdicts = play(std::string(Meter) + R"(
test "too early" {
    allow Alice -> Meter.device.login()
    wait 19ms
    deny  Alice -> Meter.device.read(page: 4)
}
test "too late" {
    allow Alice -> Meter.device.login()
    wait 20ms
    allow Alice -> Meter.device.read(page: 4)
}
test "sound" {
    allow Alice -> Meter.device.login()
}
)");
  EXPECT_EQ(verdicts, (std::vector<std::string>{"failed", "failed", "passed"}));
  EXPECT_EQ(codes(), (std::vector<uint16_t>{6011, 6011}));
}

TEST_F(BootTests, WhatNoMachineCanPlayIsNotPassed) {
  const std::vector<std::string> verdicts = play(std::string(Meter) + R"(
test "itself" { allow Meter -> Meter.own.check() }
test "for ever" {
    allow Alice -> Meter.device.login()
    wait 1100h
    deny  Alice -> Meter.device.read(page: 4)
    wait 1100h
    deny  Alice -> Meter.device.read(page: 4)
}
)");
  EXPECT_EQ(verdicts, (std::vector<std::string>{"SKIPPED", "SKIPPED"}));
  EXPECT_EQ(codes(), (std::vector<uint16_t>{6012, 6012}));
}

TEST_F(BootTests, AllTestsOfTheExamplesPass) {
  for (const char* example : {"01_gateway", "02_pingpong", "03_logger", "04_device_login"}) {
    const fs::path folder = fs::path(BH_SOURCE_DIR) / "examples" / example;
    const Result<LoadedPolicy> policy = load_policy({folder.string()});
    ASSERT_TRUE(policy.has_value() && policy->model.has_value()) << example;
    sink = DiagnosticSink();
    const std::vector<std::string> verdicts = play(*policy->model);
    EXPECT_GT(verdicts.size(), 0u) << example;
    EXPECT_EQ(std::count(verdicts.begin(), verdicts.end(), "passed"),
              static_cast<long>(verdicts.size()))
        << example;
  }
}

// A random trace as a test that expects what the reference evaluator says. Left out: what a
// component asks itself, and what comes after a month.
Test random_test(const CheckedModel& model, uint64_t seed) {
  constexpr size_t Steps = 30;  // at 25 microseconds each they make no millisecond
  constexpr uint64_t MostWaited = 40ull * 24 * 3600 * 1000;
  Test test;
  test.name = "seed " + std::to_string(seed);
  Evaluator reference(model);
  uint64_t waited = 0;
  for (TraceStep& step : random_trace(*model, seed, 400)) {
    if (test.steps.size() == Steps) break;
    if (model->owner_of(step.request.operation) == step.request.caller) continue;
    if (waited + step.wait_ms > MostWaited) step.wait_ms = 0;
    const Decision decision = reference.decide(step.request);
    if (!decision.granted() && decision.reason != Reason::Protocol && step.wait_ms == 0 &&
        test.steps.size() % 3 != 0) {
      continue;  // most of a trace is refused by the rules alone
    }
    waited += step.wait_ms;
    TestStep expected;
    expected.step = step;
    expected.expect_granted = reference.step(step).granted();
    test.steps.push_back(std::move(expected));
  }
  return test;
}

// The booted kernel, the reference evaluator, random policies with everything that protocols have.
TEST_F(BootTests, RandomPoliciesAreEnforcedAsTheReferenceSays) {
  constexpr uint64_t Policies = 200;
  size_t granted = 0;
  size_t refused = 0;
  for (uint64_t seed = 1; seed <= Policies; ++seed) {
    Model policy = random_model(seed, GenerateAll);
    sink = DiagnosticSink();
    const bh::Test test = random_test(*seal(policy, sink), seed);
    if (test.steps.empty()) continue;
    for (const TestStep& step : test.steps) ++(step.expect_granted ? granted : refused);
    policy.tests.add(test);
    EXPECT_EQ(play(*seal(policy, sink)), std::vector<std::string>{"passed"}) << test.name;
    for (const Diagnostic& d : sink.diagnostics()) ADD_FAILURE() << test.name << ": " << d.message;
  }
  EXPECT_GT(granted, 500u);
  EXPECT_GT(refused, 500u);
}

TEST(BootTestsWithoutAMachine, SayWhatIsMissing) {
  const Result<LoadedPolicy> policy =
      load_policy({(fs::path(BH_SOURCE_DIR) / "examples/01_gateway").string()});
  DiagnosticSink sink;
  BootTestsOptions options;
  options.home = "/nonexistent";
  const auto counts = boot_tests(*policy->model, options, sink);
  ASSERT_FALSE(counts.has_value());
  EXPECT_FALSE(counts.error().hint.empty());
}

}  // namespace
}  // namespace bh

// Systems with components of their own, booted as `bulkhead run` does it. The order in which
// components get the processor is not fixed, so lines are looked for, not counted off.
#include <gtest/gtest.h>

#include "driver/pipeline/boot.h"
#include "driver/pipeline/load.h"
#include "driver/pipeline/process.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

struct Example {
  const char* folder;              // below the sources
  std::vector<const char*> lines;  // of the run, each somewhere
};

class Examples : public testing::TestWithParam<Example> {};

TEST_P(Examples, RunUnderTheirPolicy) {
  if (find_program("qemu-system-aarch64").empty())
    GTEST_SKIP() << "SKIPPED: no qemu-system-aarch64";
  const fs::path folder = fs::path(BH_SOURCE_DIR) / GetParam().folder;
  Result<LoadedPolicy> policy = load_policy({folder.string()});
  ASSERT_TRUE(policy.has_value() && policy->model.has_value());
  std::string text;
  BootOptions options;
  options.sources = folder;
  options.kernel = fs::path(BH_BINARY_DIR) / "microkernel";
  options.line = [&](std::string_view line) { text += std::string(line) + "\n"; };
  const auto result = boot_policy(*policy->model, options, policy->sink);
  ASSERT_TRUE(result.has_value()) << result.error().message;
  ASSERT_TRUE(result->has_value());
  EXPECT_TRUE((*result)->sound()) << text;
  EXPECT_EQ((*result)->differences, std::vector<std::string>{});
  for (const char* line : GetParam().lines) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Examples,
    testing::Values(Example{"examples/02_pingpong",
                            {"Ping | ping", "Pong | pong", "Pong | not twice", "denied by Rally"}},
                    Example{"examples/03_logger",
                            {"Viewer | a door was opened", "Viewer | the log cannot be forged",
                             "denied by default"}},
                    Example{"examples/04_device_login",
                            {"Console | read: refused", "Console | guess: error",
                             "Console | log in while blocked: refused", "Console | log in: ok",
                             "Console | read: ok", "login(pin: -)"}},
                    Example{"examples/13_supervisor",
                            {"Client | served", "Worker | answer 1 of this life",
                             "Worker -> Supervisor.crashes.crashed", "started  Worker",
                             "Supervisor | the worker crashed: started again", "denied by Budget",
                             "Supervisor | the worker crashed: it stays dead",
                             "Client | I go on without it"}},
                    Example{"tests/boot/testdata/two_languages",
                            {"Caller | c: 42", "Caller | c: refused 0", "Caller | HELLO",
                             "Caller | no reset", "Asker | c++: 42"}}),
    [](const auto& tested) { return fs::path(tested.param.folder).filename().string(); });

}  // namespace
}  // namespace bh

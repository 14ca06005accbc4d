// Plays the tests of a policy on the booted microkernel: one boot a test, on a machine whose clock
// counts instructions, with a player (targets/microkernel/user/player.h) for every component. The
// table is the emitted one, bound to no images.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/diag/diag.h"
#include "core/model/model.h"

namespace bh {

struct BootTestsOptions {
  std::filesystem::path home;  // as in find_machine()
  // Takes "passed", "failed" or "SKIPPED", with the test's name, as soon as it is known.
  std::function<void(std::string_view)> line = [](std::string_view) {};
};

struct BootTestsCounts {
  size_t played = 0;
  size_t failed = 0;
  size_t skipped = 0;
};

// Each answer of the machine has to be what the test expects, and the reference evaluator's at the
// time of the record. The first that is not is BH6011, a test that no machine can play BH6012.
// Nothing when the policy cannot be emitted (see the sink); fails when QEMU or the kernel is
// missing.
Result<std::optional<BootTestsCounts>> boot_tests(const CheckedModel& model,
                                                  const BootTestsOptions& options,
                                                  DiagnosticSink& sink);

}  // namespace bh

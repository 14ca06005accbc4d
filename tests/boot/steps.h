// Words for scripts and small systems, shared by the boot tests.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/boot/attacks.h"
#include "tests/boot/machine.h"

namespace bh::boot_test {

inline Step call(uint64_t channel, uint64_t method, const std::vector<uint64_t>& words = {},
                 bh_status status = BH_OK, const std::vector<uint64_t>& results = {}) {
  Step step;
  step.op = Op::Call;
  step.channel = channel;
  step.method = method;
  step.status = status;
  std::copy(words.begin(), words.end(), step.words);
  std::copy(results.begin(), results.end(), step.expected);
  return step;
}

inline Step serve(uint64_t method, const std::vector<uint64_t>& arguments = {},
                  bh_status status = BH_OK, const std::vector<uint64_t>& results = {}) {
  Step step;
  step.op = Op::Serve;
  step.method = method;
  step.status = status;
  std::copy(arguments.begin(), arguments.end(), step.expected);
  std::copy(results.begin(), results.end(), step.words);
  return step;
}

inline Step simple(Op op, uint64_t status = 0) {
  Step step;
  step.op = op;
  step.status = status;
  return step;
}

inline Step wait_until(uint64_t microseconds) {
  Step step;
  step.op = Op::WaitUntil;
  step.words[0] = microseconds;
  return step;
}

inline Step attack(Attack which) {
  Step step;
  step.op = Op::Attack;
  step.method = static_cast<uint64_t>(which);
  return step;
}

inline Step with_bytes(Step step, uint32_t out, uint8_t fill_out, uint32_t in, uint8_t fill_in) {
  step.bytes_out = out;
  step.fill_out = fill_out;
  step.bytes_in = in;
  step.fill_in = fill_in;
  return step;
}

// A script that answers every call with ok and `results` for ever.
inline ByteVector server(const std::vector<uint64_t>& results = {}) {
  Step step = serve(0, {}, BH_OK, results);
  step.op = Op::ServeAll;
  return scripted({step});
}

inline ByteVector caller(std::vector<Step> steps) {
  steps.push_back(simple(Op::Shutdown));
  return scripted(steps);
}

// Component 0 may do to component 1 what the edge says. Both may end the system.
inline kernel::testing::SystemSpec pair(std::vector<kernel::testing::MethodSpec> methods,
                                        kernel::testing::EdgeSpec edge,
                                        std::vector<kernel::testing::ProtocolSpec> protocols = {}) {
  kernel::testing::SystemSpec system;
  system.components = {{{std::move(edge)}, true, {}}, {{}, true, {}}};
  system.endpoints = {{1, std::move(methods), std::move(protocols)}};
  return system;
}

// "granted reply refused/condition ...": kinds, and reasons where there is one.
inline std::string summary(const Outcome& outcome) {
  std::string text;
  for (const nlohmann::json& line : outcome.audit) {
    if (!text.empty()) text += " ";
    text += line["audit"].get<std::string>();
    if (line["reason"] != "none") text += "/" + line["reason"].get<std::string>();
  }
  return text;
}

}  // namespace bh::boot_test

// One attack a boot, between two neighbours: the server below the attacker answers the client above
// it, before and after, word for word as if nothing had happened.
#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "tests/boot/steps.h"

namespace bh::boot_test {
namespace {

using namespace bh::kernel::testing;

constexpr const char* Names[] = {
#define ATTACK(name, outcome) #name,
#include "tests/boot/attacks.def"
#undef ATTACK
};
constexpr Verdict Expected[] = {
#define ATTACK(name, outcome) Verdict::outcome,
#include "tests/boot/attacks.def"
#undef ATTACK
};

std::string print(Verdict verdict) {
  constexpr const char* Words[] = {"stopped: memory",  "stopped: exception", "stopped: syscall",
                                   "stopped: budget",  "refused: channel",   "refused: method",
                                   "refused: default", "refused: condition", "refused: too_long",
                                   "refused: stale",   "no effect",          "ended by itself",
                                   "caller let go",    "caller timed out",   "goes on, alone"};
  return Words[static_cast<int>(verdict)];
}

// What the caller of the attacker's own method gets, whom it serves while it attacks.
bh_status answer_of(Attack which) {
  if (which == Attack::FloodReplies) return BH_ERROR;  // the first of them
  const Verdict verdict = Expected[static_cast<int>(which)];
  if (verdict <= Verdict::StoppedBudget || verdict == Verdict::Ended) return BH_PEER_GONE;
  if (verdict == Verdict::Hoarding) return BH_TIMED_OUT;
  return verdict == Verdict::LetGo ? BH_ERROR : BH_OK;
}

constexpr uint64_t Answer = 29;  // of an attacker that goes on

SystemSpec attacked_system() {
  const MethodSpec plain{2, 0, 1, 0, false, {}};
  const MethodSpec bytes{1, 1, 1, 1, false, {}};
  const MethodSpec two_bytes{2, 3, 1, 0, false, {}};
  const MethodSpec event{1, 0, 0, 0, true, {}};
  const EdgeSpec attacker_to_server{
      0, 0b111101, 0, {{ConditionalMethod, {{{0, 1, 2, ~uint64_t{0}}}}}}};
  SystemSpec system;
  // Endpoint 2 is the machine, for the client's sake.
  system.components = {{{}, false, {}},
                       {{attacker_to_server, {2, 0, 0, {}}}, false, {}},
                       {{{0, 0b001001, 0, {}}, {1, 1, 0, {}}}, true, {}}};
  system.endpoints = {{ServerNumber, {plain, plain, plain, bytes, two_bytes, event}, {}},
                      {AttackerNumber, {plain}, {}}};
  system.budget_ms = 2;
  system.call_ms = 6;
  return system;
}

ByteVector server_image() {
  Step step = with_bytes(serve(0, {}, BH_OK, {3}), 3, 0x77, 0, 0);
  step.op = Op::ServeAll;
  return scripted({step});
}

ByteVector attacker_image(Attack which, bool serving) {
  std::vector<Step> steps = {call(ServerChannel, PlainMethod, {1, 2}, BH_OK, {3})};
  if (serving) steps.push_back(serve(0, {8, 9}, BH_OK, {Answer}));
  steps.push_back(attack(which));
  if (serving) steps.push_back(simple(Op::Reply));
  steps.push_back(simple(Op::Exit, Answer));
  return scripted(steps);
}

std::vector<Step> calls_to_server() {
  return {call(0, PlainMethod, {4, 5}, BH_OK, {3}),
          with_bytes(call(0, BytesMethod, {64}, BH_OK, {3}), 64, 0x5a, 3, 0x77),
          call(0, PlainMethod, {6, 7}, BH_OK, {3})};
}

ByteVector client_image(Attack which, bool serving) {
  std::vector<Step> steps = {wait_until(1'000)};
  const bh_status answer = answer_of(which);
  if (serving) {
    steps.push_back(
        call(1, 0, {8, 9}, answer,
             answer == BH_OK ? std::vector<uint64_t>{Answer} : std::vector<uint64_t>{}));
  }
  for (const Step& step : calls_to_server()) steps.push_back(step);
  if (serving) {
    steps.push_back(wait_until(10'000));
    steps.push_back(call(1, 0, {}, answer == BH_TIMED_OUT ? BH_TIMED_OUT : BH_REFUSED));
    for (const Step& step : calls_to_server()) steps.push_back(step);
  }
  return caller(steps);
}

bool is_endless(Attack which) { return Expected[static_cast<int>(which)] == Verdict::Endless; }

Outcome boot(Attack which, const SystemSpec& system = attacked_system()) {
  const bool serving = !is_endless(which);
  return run(system,
             {server_image(), attacker_image(which, serving), client_image(which, serving)});
}

std::vector<nlohmann::json> of_attacker(const Outcome& run, const std::string& kind) {
  std::vector<nlohmann::json> found;
  for (const nlohmann::json& line : run.of(kind)) {
    if (line["subject"] == AttackerNumber) found.push_back(line);
  }
  return found;
}

// What the audit says became of the attacker.
std::string verdict_of(const Outcome& run) {
  const auto faults = of_attacker(run, "fault");
  if (!faults.empty()) return "stopped: " + faults[0]["reason"].get<std::string>();
  const auto refused = of_attacker(run, "refused");
  if (!refused.empty()) return "refused: " + refused[0]["reason"].get<std::string>();
  const auto exits = of_attacker(run, "exit");
  if (exits.empty()) {
    const auto replies = run.of("reply");
    const bool late = std::any_of(replies.begin(), replies.end(), [](const nlohmann::json& reply) {
      return reply["receiver"] == AttackerNumber && reply["reason"] == "timed_out";
    });
    return print(late ? Verdict::Hoarding : Verdict::Endless);
  }
  if (exits[0]["words"][0] != Answer) return print(Verdict::Ended);
  for (const nlohmann::json& reply : run.of("reply")) {
    if (reply["receiver"] == AttackerNumber && reply["status"] != BH_OK)
      return print(Verdict::LetGo);
  }
  return print(Verdict::NoEffect);
}

// "granted 2->0.3 64,0,0,0,0,0": every record of the two neighbours.
std::vector<std::string> neighbours(const Outcome& run) {
  std::vector<std::string> lines;
  for (const nlohmann::json& r : run.audit) {
    if (r["subject"] == AttackerNumber) continue;
    std::ostringstream line;
    line << r["audit"].get<std::string>() << " " << r["subject"] << "->" << r["receiver"] << "."
         << r["method"] << " " << r["reason"].get<std::string>() << " " << r["status"] << " "
         << r["words"].dump();
    lines.push_back(line.str());
  }
  return lines;
}

std::vector<std::string> neighbours_as_they_should_be(Attack which) {
  const std::vector<std::string> served = {
      "granted 2->0.0 none 0 [4,5,0,0,0,0]",  "reply 2->0.0 none 0 [3,0,0,0,0,0]",
      "granted 2->0.3 none 0 [64,0,0,0,0,0]", "reply 2->0.3 none 0 [3,0,0,0,0,0]",
      "granted 2->0.0 none 0 [6,7,0,0,0,0]",  "reply 2->0.0 none 0 [3,0,0,0,0,0]"};
  std::vector<std::string> lines;
  const bh_status answer = answer_of(which);
  const std::string late = answer == BH_TIMED_OUT ? "timed_out" : "none";
  if (!is_endless(which)) {
    lines = {"granted 2->1.0 none 0 [8,9,0,0,0,0]",
             "reply 2->1.0 " + late + " " + std::to_string(answer) +
                 (answer == BH_OK ? " [29,0,0,0,0,0]" : " [0,0,0,0,0,0]")};
  }
  lines.insert(lines.end(), served.begin(), served.end());
  if (!is_endless(which)) {
    lines.push_back(std::string("refused 2->1.0 ") +
                    (answer == BH_TIMED_OUT ? "timed_out" : "peer_gone") + " 0 [0,0,0,0,0,0]");
    lines.insert(lines.end(), served.begin(), served.end());
  }
  lines.push_back("granted 2->0.0 none 0 [0,0,0,0,0,0]");
  lines.push_back("shutdown 2->65535.65535 none 0 [0,0,0,0,0,0]");
  return lines;
}

std::string tail(const Outcome& run) {
  constexpr size_t Most = 3000;
  return run.text.size() > Most ? run.text.substr(run.text.size() - Most) : run.text;
}

class AttackMatrix : public testing::TestWithParam<uint64_t> {
 protected:
  static void TearDownTestSuite() { std::cout << table().str(); }
  static std::ostringstream& table() {
    static std::ostringstream rows;
    return rows;
  }
};

TEST_P(AttackMatrix, EndsAsItShouldAndBothNeighboursGoOn) {
  const auto which = static_cast<Attack>(GetParam());
  const Outcome r = boot(which);
  const std::string verdict = verdict_of(r);
  const bool served = neighbours(r) == neighbours_as_they_should_be(which);
  table() << std::setw(3) << GetParam() << "  " << std::left << std::setw(30) << Names[GetParam()]
          << std::setw(22) << verdict << std::right << (served ? "served" : "NOT SERVED") << "\n";
  EXPECT_EQ(verdict, print(Expected[GetParam()])) << tail(r);
  EXPECT_EQ(neighbours(r), neighbours_as_they_should_be(which)) << tail(r);
  EXPECT_EQ(r.exit, 0) << tail(r);
  EXPECT_EQ(r.last["lost"], 0);
  for (const std::string& line : r.printed) EXPECT_EQ(line.substr(0, 4), "[1] ") << line;
}

INSTANTIATE_TEST_SUITE_P(All, AttackMatrix,
                         testing::Range(uint64_t{0}, static_cast<uint64_t>(Attack::Count)),
                         [](const auto& tested) { return std::string(Names[tested.param]); });

// A million system calls with random registers while the neighbours check each answer of theirs: a
// wrong one would end the system with 30.
TEST(WildCalls, HurtNeitherTheKernelNorTheNeighbours) {
  constexpr uint64_t Calls = 1'000'000;
  constexpr uint64_t Seed = 0x9e3779b97f4a7c15;
  Step wild;
  wild.op = Op::Wild;
  wild.words[0] = Calls;
  wild.words[1] = Seed;
  Step steady = call(0, PlainMethod, {4, 5}, BH_OK, {3});
  steady.op = Op::CallUntilGone;
  steady.words[5] = 1;
  SystemSpec system = attacked_system();
  system.budget_ms = 10'000;
  system.call_ms = 0;
  const Outcome r =
      run(system, {server_image(), scripted({wild, simple(Op::Exit, Answer)}), caller({steady})}, 0,
          100'000);
  std::cout << Calls << " calls from seed " << Seed << ": " << of_attacker(r, "refused").size()
            << " refused\n";
  EXPECT_EQ(r.exit, 0) << tail(r);
  ASSERT_EQ(of_attacker(r, "exit").size(), 1u) << tail(r);
  EXPECT_EQ(of_attacker(r, "exit")[0]["words"][0], Answer) << "it made them all";
  EXPECT_EQ(r.of("fault").size(), 0u);
  EXPECT_GT(of_attacker(r, "refused").size(), 1000u);
  for (const std::string& line : r.printed) ASSERT_EQ(line.substr(0, 4), "[1] ") << line;
}

// The matrix can fail: it tells an attack that went through from one that did not,
TEST(AttackMatrixItself, SeesWhenAnAttackGoesThrough) {
  SystemSpec careless = attacked_system();
  careless.components[AttackerNumber].edges[MachineChannel].allow = 1 << BH_MACHINE_SHUTDOWN;
  Outcome r = boot(Attack::ShutdownWithoutRight, careless);
  EXPECT_NE(verdict_of(r), print(Verdict::RefusedDefault));
  EXPECT_NE(neighbours(r), neighbours_as_they_should_be(Attack::ShutdownWithoutRight));

  careless = attacked_system();
  careless.components[AttackerNumber].edges[0].allow |= 1u << UngrantedMethod;
  r = boot(Attack::MethodNotGranted, careless);
  EXPECT_EQ(verdict_of(r), print(Verdict::NoEffect));
}

// and a neighbour that was hurt from one that was not.
TEST(AttackMatrixItself, SeesWhenANeighbourIsHurt) {
  const Attack which = Attack::ReadNull;
  const Outcome r =
      run(attacked_system(), {scripted({serve(0, {}, BH_OK, {3}), serve(0)}),
                              attacker_image(which, true), client_image(which, true)});
  EXPECT_NE(neighbours(r), neighbours_as_they_should_be(which));
  EXPECT_NE(r.exit, 0);
}

}  // namespace
}  // namespace bh::boot_test

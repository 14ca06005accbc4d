// One request, one answer: the reference evaluator, the solver's formulas, the interpreted decision
// table and the kernel's monitor on the emitted blob decide the same, step by step, on random
// policies and random traces.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "solver/queries/matrix.h"
#include "solver/reference/evaluator.h"
#include "solver/reference/print.h"
#include "targets/microkernel/monitor/decide.h"
#include "targets/microkernel/monitor/verify.h"
#include "targets/monitor/emit.h"
#include "targets/table/interpret.h"
#include "targets/table/lower.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

enum class Answer { Granted, Refused, RefusedByProtocol };

Answer answer_of(const Decision& decision) {
  if (decision.granted()) return Answer::Granted;
  return decision.reason == Reason::Protocol ? Answer::RefusedByProtocol : Answer::Refused;
}

Answer answer_of(TableVerdict verdict) {
  if (verdict == TableVerdict::Granted) return Answer::Granted;
  return verdict == TableVerdict::Protocol ? Answer::RefusedByProtocol : Answer::Refused;
}

TableInterpreter::Call call_of(const Model& model, const Request& request) {
  const EndpointId endpoint = model.operations[request.operation].endpoint;
  const std::vector<OperationId>& all = model.endpoints[endpoint].operations;
  const auto at = std::find(all.begin(), all.end(), request.operation);
  return {request.caller, endpoint, static_cast<uint32_t>(at - all.begin())};
}

// The kernel's own code, told everything by row numbers as a component would.
class KernelMonitor {
 public:
  explicit KernelMonitor(const std::vector<std::byte>& blob) : storage_(blob.size() / 8) {
    std::memcpy(storage_.data(), blob.data(), blob.size());
    const auto* bytes = reinterpret_cast<const uint8_t*>(storage_.data());
    const kernel::Verification verification = kernel::verify(bytes, blob.size());
    BH_CHECK(verification.fault == BH_EXIT_OK);
    table_ = verification.table;
    states_.reset(table_, Start, TicksPerMs);
  }
  Answer decide(const TableInterpreter::Call& call, const std::vector<uint64_t>& words,
                uint64_t now) {
    const bh_component& subject = table_.components[call.caller.value];
    uint32_t channel = 0;
    while (channel < subject.edge_count &&
           table_.edges[subject.edge_first + channel].endpoint != call.endpoint.value) {
      ++channel;
    }
    std::array<uint64_t, BH_WORDS> registers{7, 1, 443, 0, 9, 11};  // leftovers must not matter
    std::copy(words.begin(), words.end(), registers.begin());
    const kernel::Grant grant =
        kernel::decide(table_, subject, channel, call.method, registers.data());
    if (grant.method == nullptr) return Answer::Refused;
    if (states_.refusing(table_, asked(call, now)) != BH_NONE32) return Answer::RefusedByProtocol;
    states_.advance(table_, asked(call, now), BH_OUTCOME_CALL);
    return Answer::Granted;
  }
  void reply(const TableInterpreter::Call& call, ReplyStatus status, uint64_t now) {
    states_.advance(table_, asked(call, now),
                    status == ReplyStatus::Ok ? BH_OUTCOME_OK : BH_OUTCOME_ERROR);
  }

 private:
  // The clock of QEMU's `virt`, which did not start with the system.
  static constexpr uint64_t TicksPerMs = 62'500;
  static constexpr uint64_t Start = 1'234'567;

  static kernel::ProtocolCall asked(const TableInterpreter::Call& call, uint64_t now) {
    constexpr uint64_t NanosecondsPerTick = NanosecondsPerMillisecond / TicksPerMs;
    return {call.endpoint.value, call.caller.value, call.method, Start + now / NanosecondsPerTick};
  }
  std::vector<uint64_t> storage_;
  kernel::Table table_;
  kernel::ProtocolStates states_;
};

constexpr uint64_t ReplyNanoseconds = 999'984;

struct Disagreement {
  size_t step = 0;
  std::string text;
};

struct Counts {
  size_t granted = 0;
  size_t refused = 0;
  size_t by_protocol = 0;
};

// As far as rules go, for words within their domains: what formulas are about.
bool rules_grant(const Matrix& matrix, const Questions& questions, const Request& request) {
  const MatrixCell* cell = matrix.find(request.caller, request.operation);
  return cell != nullptr && questions.exprs(cell->signature).evaluate(cell->granted, request.words);
}

// `enforced` is the policy that table and kernel get; the same as `meant` but in the test of this
// test.
std::optional<Disagreement> disagreement(const Model& meant, const Model& enforced,
                                         const Trace& trace, Counts* counts) {
  DiagnosticSink sink;
  const CheckedModel model = *seal(meant, sink);
  const CheckedModel source = *seal(enforced, sink);
  const auto table = lower(source, sink);
  if (!table) return Disagreement{0, "lower() refused the policy"};
  const auto blob = emit_blob(*source, *table, {}, sink);
  if (!blob) return Disagreement{0, "emit_blob() refused the table"};
  Evaluator reference(model);
  Questions questions(1'000'000);
  const Matrix matrix(*source, questions);
  TableInterpreter interpreter(*table);
  KernelMonitor monitor(*blob);
  for (size_t i = 0; i < trace.size(); ++i) {
    const Request& request = trace[i].request;
    const TableInterpreter::Call call = call_of(*model, request);
    reference.wait_ms(trace[i].wait_ms);
    const uint64_t now = reference.now();
    const Answer wanted = answer_of(reference.call(request));
    const Answer by_table = answer_of(interpreter.decide(call, request.words, now));
    const Answer by_kernel = monitor.decide(call, request.words, now);
    if (by_table != wanted || by_kernel != wanted) {
      return Disagreement{i, fmt::format("{}: reference {}, table {}, kernel {}",
                                         print(*model, request), static_cast<int>(wanted),
                                         static_cast<int>(by_table), static_cast<int>(by_kernel))};
    }
    if (reference.in_range(request) &&
        rules_grant(matrix, questions, request) != (wanted != Answer::Refused)) {
      return Disagreement{i, fmt::format("{}: the solver's formula says otherwise than {}",
                                         print(*model, request), static_cast<int>(wanted))};
    }
    if (counts != nullptr) {
      counts->granted += wanted == Answer::Granted;
      counts->refused += wanted == Answer::Refused;
      counts->by_protocol += wanted == Answer::RefusedByProtocol;
    }
    if (wanted != Answer::Granted) continue;
    // The server takes its time, and never ends on a whole millisecond.
    reference.wait(ReplyNanoseconds);
    reference.reply(request, trace[i].reply);
    interpreter.reply(call, trace[i].reply, reference.now());
    monitor.reply(call, trace[i].reply, reference.now());
  }
  return std::nullopt;
}

// Leaves out whatever the disagreement does not need, and tells what is left.
std::string smallest(Model model, Trace trace) {
  for (size_t i = trace.size(); i-- > 0;) {
    Trace shorter = trace;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    if (disagreement(model, model, shorter, nullptr)) trace = shorter;
  }
  for (Rule& rule : model.rules) {
    const std::vector<ComponentId> subjects = std::exchange(rule.subjects, {});
    if (!disagreement(model, model, trace, nullptr)) rule.subjects = subjects;
  }
  std::string text;
  for (const TraceStep& step : trace) text += print(model, step) + "\n";
  for (const Rule& rule : model.rules) {
    for (const ConditionalOperation& target : rule.targets) {
      if (rule.subjects.empty()) continue;
      text += fmt::format("{} {} {} when {}\n", rule.kind == RuleKind::Allow ? "allow" : "deny",
                          rule.name, print(model, target.operation),
                          print(model, model.conditions, target.operation, target.when));
    }
  }
  return text;
}

TEST(Differential, ReferenceTableAndKernelDecideTheSame) {
  const char* const asked = std::getenv("BH_DIFFERENTIAL_POLICIES");
  const uint64_t policies = asked == nullptr ? 600 : std::strtoull(asked, nullptr, 10);
  constexpr size_t Requests = 400;
  const auto start = std::chrono::steady_clock::now();
  Counts counts;
  for (uint64_t seed = 1; seed <= policies; ++seed) {
    const Model model = random_model(seed, GenerateAll);
    Trace trace = random_trace(model, seed, Requests);
    if (const auto found = disagreement(model, model, trace, &counts)) {
      trace.resize(std::min(trace.size(), found->step + 1));
      FAIL() << "seed " << seed << ": " << found->text << "\n" << smallest(model, trace);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{} policies, {} granted, {} refused, {} refused by a protocol, {:.1f} s\n", policies,
             counts.granted, counts.refused, counts.by_protocol, took.count());
  EXPECT_GE(counts.granted + counts.refused + counts.by_protocol, 100'000u);
  EXPECT_GE(counts.granted, 10'000u) << "the requests say something only if many are granted";
  EXPECT_GE(counts.by_protocol, 1'000u);
}

Model timeless(Model model) {
  for (Protocol& protocol : model.protocols) {
    for (State& state : protocol.states) state.timeout.reset();
  }
  return model;
}

Model moved_by_anyone(Model model) {
  for (Protocol& protocol : model.protocols) {
    for (Transition& t : protocol.transitions) {
      t.mover = Mover::Anyone;
      t.by.reset();
    }
  }
  return model;
}

Model of_anyones(Model model) {
  for (Rule& rule : model.rules) {
    for (ConditionalOperation& target : rule.targets) target.whose = Whose::Anyones;
  }
  return model;
}

// The comparison would notice: tables made without one rule, or without some part of the protocols,
// are found out.
TEST(Differential, AForgottenRuleOrProtocolIsNoticed) {
  size_t without_rule = 0;
  size_t without_protocols = 0;
  size_t without_timeouts = 0;
  size_t without_movers = 0;
  size_t without_whose = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const Model model = random_model(seed, GenerateAll);
    const Trace trace = random_trace(model, seed, 400);
    Model fewer_rules = model;
    if (!fewer_rules.rules.empty()) fewer_rules.rules[RuleId(0)].subjects.clear();
    without_rule += disagreement(model, fewer_rules, trace, nullptr).has_value();
    Model no_protocols = model;
    no_protocols.protocols = {};
    without_protocols += disagreement(model, no_protocols, trace, nullptr).has_value();
    without_timeouts += disagreement(model, timeless(model), trace, nullptr).has_value();
    without_movers += disagreement(model, moved_by_anyone(model), trace, nullptr).has_value();
    without_whose += disagreement(model, of_anyones(model), trace, nullptr).has_value();
  }
  fmt::print(
      "of 100 policies: {} notice a missing rule, {} missing protocols, {} timeouts, {} movers, {} "
      "whose\n",
      without_rule, without_protocols, without_timeouts, without_movers, without_whose);
  EXPECT_GE(without_rule, 30u);
  EXPECT_GE(without_protocols, 20u);
  EXPECT_GE(without_timeouts, 10u);
  EXPECT_GE(without_movers, 10u);
  EXPECT_GE(without_whose, 20u);
}

}  // namespace
}  // namespace bh

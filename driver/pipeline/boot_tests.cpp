#include "driver/pipeline/boot_tests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/audit/console.h"
#include "driver/pipeline/emit.h"
#include "driver/pipeline/files.h"
#include "driver/pipeline/machine.h"
#include "driver/pipeline/replay.h"
#include "targets/microkernel/user/player.h"

namespace bh {

namespace {

// A step as the player of its caller asks it.
struct Asked {
  uint32_t channel = 0;
  uint32_t method = 0;
  bool granted = false;  // says the reference evaluator, were no time lost
};

// The scripts of all components for one test.
struct Play {
  std::vector<Asked> steps;
  std::vector<user::PlayerScript> scripts;  // by component
  uint32_t run_limit_ms = 0;
  std::string why_not;  // when it cannot be played
};

class Playwright {
 public:
  Playwright(const CheckedModel& model, const DecisionTable& table, const Test& test)
      : model_(*model), table_(table), test_(test), reference_(model) {}

  Play write() {
    play_.scripts.resize(model_.components.size());
    for (size_t i = 0; i < test_.steps.size() && play_.why_not.empty(); ++i) add(i);
    constexpr uint64_t Slack = 10'000;
    const uint64_t needed = waited_ms_ + Slack;
    if (needed > UINT32_MAX) play_.why_not = "it waits longer than a machine runs";
    play_.run_limit_ms = static_cast<uint32_t>(std::min<uint64_t>(needed, UINT32_MAX));
    return std::move(play_);
  }

 private:
  // Components share no clock but the machine's, so each step has a moment of its own: the waits
  // before it, and a little for every step, enough for a call, its reply and their records. As long
  // as these make no millisecond together, no timeout comes sooner or later than in the test.
  // The first waits until every component has come up.
  static constexpr uint64_t StartMicroseconds = 100;
  static constexpr uint64_t StartOfComponentMicroseconds = 20;
  static constexpr uint64_t StepMicroseconds = 25;

  void add(size_t index) {
    const TraceStep& step = test_.steps[index].step;
    const Request& request = step.request;
    waited_ms_ += std::min(step.wait_ms, uint64_t{UINT32_MAX});
    const Asked asked{channel_of(request), method_of(request), reference_.step(step).granted()};
    const ComponentId receiver = model_.owner_of(request.operation);
    if (asked.granted && receiver == request.caller) {
      play_.why_not = fmt::format("in step {} a component asks itself", index + 1);
    }
    user::PlayerScript& caller = play_.scripts[request.caller.value];
    user::PlayerScript& server = play_.scripts[receiver.value];
    if (caller.call_count == user::MostPlayed || server.reply_count == user::MostPlayed) {
      play_.why_not = fmt::format("a component plays at most {} steps", user::MostPlayed);
      return;
    }
    user::PlayedCall& call = caller.calls[caller.call_count++];
    call.microseconds = StartMicroseconds +
                        model_.components.size() * StartOfComponentMicroseconds +
                        index * StepMicroseconds + waited_ms_ * 1000;
    call.channel = asked.channel;
    call.method = asked.method;
    std::copy(request.words.begin(), request.words.end(), call.words);
    if (asked.granted) server.replies[server.reply_count++] = reply_to(step);
    play_.steps.push_back(asked);
  }

  // One past the last for an endpoint that the caller has no name for.
  uint32_t channel_of(const Request& request) const {
    const EndpointId endpoint = model_.operations[request.operation].endpoint;
    const std::vector<Channel>& channels = table_.channels[request.caller];
    const auto at = std::find_if(channels.begin(), channels.end(), [&](const Channel& channel) {
      return channel.endpoint == endpoint;
    });
    return static_cast<uint32_t>(at - channels.begin());
  }
  uint32_t method_of(const Request& request) const {
    const std::vector<OperationId>& all = model_.endpoint_of(request.operation).operations;
    return static_cast<uint32_t>(std::find(all.begin(), all.end(), request.operation) -
                                 all.begin());
  }
  // The least results that their types let through.
  user::PlayedReply reply_to(const TraceStep& step) const {
    user::PlayedReply reply;
    reply.status = step.reply == ReplyStatus::Ok ? BH_OK : BH_ERROR;
    const std::vector<Parameter>& results = model_.method_of(step.request.operation).results;
    for (size_t i = 0; i < results.size(); ++i) {
      reply.results[i] = model_.types[results[i].type].domain.intervals().front().low;
    }
    return reply;
  }

  const Model& model_;
  const DecisionTable& table_;
  const Test& test_;
  Evaluator reference_;
  uint64_t waited_ms_ = 0;
  Play play_;
};

// What the machine said while a test was played.
class Transcript {
 public:
  Transcript(const CheckedModel& model, const DecisionTable& table) : replay_(model, table) {}

  void take(std::string_view text) {
    const Result<ConsoleLine> line = read_console_line(text);
    if (!line) return faults_.push_back(line.error().message);
    if (const auto* boot = std::get_if<BootLine>(&*line)) replay_.start(*boot);
    if (const auto* end = std::get_if<EndLine>(&*line)) end_ = *end;
    const auto* record = std::get_if<AuditRecord>(&*line);
    if (record == nullptr) return;
    replay_.take(*record);
    if (record->kind == AuditKind::Granted || record->kind == AuditKind::Refused) {
      decisions_.push_back(*record);
    } else if (record->kind != AuditKind::Reply) {
      faults_.push_back(fmt::format("record {}: {}", record->sequence, print(record->kind)));
    }
  }
  const std::vector<AuditRecord>& decisions() const { return decisions_; }
  // What is wrong with the machine rather than with one of its answers; empty: nothing.
  std::string fault() const {
    if (!replay_.differences().empty()) return replay_.differences().front();
    if (!faults_.empty()) return faults_.front();
    if (!end_ || end_->status != BH_EXIT_QUIET || end_->lost != 0) {
      return "the machine ended otherwise: " + (end_ ? end_->why : "without a word");
    }
    return {};
  }

 private:
  Replay replay_;
  std::vector<AuditRecord> decisions_;
  std::vector<std::string> faults_;
  std::optional<EndLine> end_;
};

}  // namespace

static bool is_request(const AuditRecord& record, const Asked& asked, const Request& request) {
  std::array<uint64_t, BH_WORDS> words{};
  std::copy(request.words.begin(), request.words.end(), words.begin());
  return record.subject == request.caller.value && record.channel == asked.channel &&
         record.method == asked.method && record.words == words;
}

// The first step whose answer is another, and what it is; nothing when all are as they should be.
static std::optional<std::pair<size_t, std::string>> first_difference(
    const Test& test, const Play& play, const std::vector<AuditRecord>& decisions) {
  for (size_t i = 0; i < play.steps.size(); ++i) {
    if (i == decisions.size()) return std::pair(i, std::string("the machine never decides it"));
    const AuditRecord& record = decisions[i];
    if (!is_request(record, play.steps[i], test.steps[i].step.request)) {
      return std::pair(i, std::string("the machine decides another request"));
    }
    const bool granted = record.kind == AuditKind::Granted;
    if (granted == test.steps[i].expect_granted) continue;
    return std::pair(i, granted ? std::string("the machine allows it")
                                : fmt::format("the machine refuses it ({})", print(record.reason)));
  }
  if (decisions.size() == play.steps.size()) return std::nullopt;
  return std::pair(play.steps.size() - 1, std::string("the machine decides more than was asked"));
}

// The player with its script and the policy's hash written into it.
static Result<std::string> image_of(std::string player, uint64_t abi_hash,
                                    const user::PlayerScript& script) {
  const auto find = [&](uint64_t magic, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(&magic), sizeof magic);
    const size_t at = player.find(bytes);
    return at != std::string::npos && size <= player.size() - at ? at : std::string::npos;
  };
  const size_t header = find(BH_IMAGE_MAGIC, sizeof(bh_image_header));
  const size_t at = find(user::PlayerMagic, sizeof script);
  if (header == std::string::npos || at == std::string::npos) {
    return fail("player.elf is not the player", "build the target 'all' of this installation");
  }
  std::memcpy(player.data() + header + offsetof(bh_image_header, abi_hash), &abi_hash,
              sizeof abi_hash);
  std::memcpy(player.data() + at, &script, sizeof script);
  return player;
}

namespace {

class Player {
 public:
  Player(const CheckedModel& model, const EmittedTable& emitted, const Machine& machine,
         std::string player, DiagnosticSink& sink)
      : model_(model),
        emitted_(emitted),
        machine_(machine),
        player_(std::move(player)),
        hash_(abi_hash(*model, emitted.table)),
        sink_(sink) {}

  // "passed", "failed" or "SKIPPED".
  Result<std::string_view> play(const Test& test) {
    const Play play = Playwright(model_, emitted_.table, test).write();
    if (!play.why_not.empty()) {
      sink_.report(test.span, diag::TestNotPlayed, test.name, play.why_not);
      return "SKIPPED";
    }
    System system{emitted_.blob, {}, play.run_limit_ms, Clock::Instructions};
    for (const user::PlayerScript& script : play.scripts) {
      BH_TRY(std::string image, image_of(player_, hash_, script));
      system.images.push_back(std::move(image));
    }
    Transcript transcript(model_, emitted_.table);
    BH_TRY(const ProcessResult result,
           run_machine(machine_, system, [&](std::string_view line) { transcript.take(line); }));
    if (const auto found = first_difference(test, play, transcript.decisions())) {
      return report(test, found->first, found->second, transcript);
    }
    const std::string fault = result.timed_out ? "the machine does not end" : transcript.fault();
    if (fault.empty()) return "passed";
    sink_.report(test.span, diag::TestFailedOnMachine, test.name, fault);
    return "failed";
  }

 private:
  std::string_view report(const Test& test, size_t index, const std::string& what,
                          const Transcript& transcript) {
    const TestStep& step = test.steps[index];
    auto finding = sink_.report(step.span, diag::TestFailedOnMachine, test.name, what);
    finding.note(fmt::format("step {}: {}, expected {}", index + 1,
                             print(*model_, step.step.request),
                             step.expect_granted ? "allowed" : "denied"));
    if (const std::string fault = transcript.fault(); !fault.empty()) finding.note(fault);
    return "failed";
  }

  const CheckedModel& model_;
  const EmittedTable& emitted_;
  const Machine& machine_;
  std::string player_;
  uint64_t hash_;
  DiagnosticSink& sink_;
};

}  // namespace

Result<std::optional<BootTestsCounts>> boot_tests(const CheckedModel& model,
                                                  const BootTestsOptions& options,
                                                  DiagnosticSink& sink) {
  BH_TRY(const Machine machine, find_machine(options.home));
  BH_TRY(std::string image, read_file(machine.home / "player.elf"));
  EmitOptions played;
  played.services = false;
  const std::optional<EmittedTable> emitted = emit_table(model, played, sink);
  if (!emitted) return std::optional<BootTestsCounts>();
  Player player(model, *emitted, machine, std::move(image), sink);
  BootTestsCounts counts;
  for (const Test& test : model->tests) {
    BH_TRY(const std::string_view verdict, player.play(test));
    counts.played += verdict != "SKIPPED";
    counts.failed += verdict == "failed";
    counts.skipped += verdict == "SKIPPED";
    options.line(fmt::format("{:<8} {}", verdict, test.name));
  }
  return std::optional(counts);
}

}  // namespace bh

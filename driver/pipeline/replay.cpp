#include "driver/pipeline/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "solver/reference/print.h"
#include "targets/monitor/emit.h"

namespace bh {

Replay::Replay(const CheckedModel& model, const DecisionTable& table, const AuditKey& key)
    : model_(&*model),
      table_(&table),
      key_(key),
      shown_(std::in_place, *model, key),
      reference_(std::in_place, model),
      open_(model->components.size()),
      gone_(model->components.size(), false) {}

void Replay::expect_reload(const CheckedModel& model, const DecisionTable& table) {
  next_model_ = &model;
  next_table_ = &table;
}

void Replay::start(const BootLine& boot) {
  ticks_per_ms_ = boot.ticks_per_ms;
  start_ = boot.start;
  epoch_ = boot.epoch;
  last_time_ = boot.start;
  if (NanosecondsPerMillisecond % ticks_per_ms_ != 0) {
    differences_.push_back("the clock's ticks are no whole nanoseconds");
  }
}

void Replay::keep_time(const AuditRecord& record) {
  if (record.time < last_time_) differ(record, "it is older than the one before it");
  last_time_ = std::max(last_time_, record.time);
  reference_->advance_to((last_time_ - start_) * (NanosecondsPerMillisecond / ticks_per_ms_));
}

std::string print(const ShownRecord& record) {
  return fmt::format("{:<8} {:<72} {}", record.verdict, record.what, record.why);
}

static ShownRecord line(std::string_view verdict, const std::string& what, const std::string& why) {
  return {std::string(verdict), what, why};
}

ShownRecord Replay::take(const AuditRecord& record) {
  if (record.sequence != next_sequence_) differ(record, "records are missing before it");
  next_sequence_ = record.sequence + 1;
  keep_time(record);
  if (!record.exact()) {
    differ(record, "it does not tell all, so it cannot be followed");
    return {};
  }
  const bool switches = record.kind == AuditKind::Reload && record.status == AuditStatus::Ok;
  if (record.epoch != epoch_ + switches) differ(record, "it bears another epoch");
  if (record.subject >= model_->components.size()) {
    differ(record, "there is no such component");
    return {};
  }
  switch (record.kind) {
    case AuditKind::Granted:
      return granted_call(record);
    case AuditKind::Refused:
      return refused_call(record);
    case AuditKind::Reply:
    case AuditKind::BadReply:
      return reply(record);
    case AuditKind::Fault:
    case AuditKind::Exit:
      return ended(record);
    case AuditKind::Shutdown:
      return shut_down(record);
    case AuditKind::Started:
    case AuditKind::Stopped:
      return revived(record);
    case AuditKind::Reload:
      return reloaded(record);
    case AuditKind::Upgrade:
      if (record.status == AuditStatus::Ok) differ(record, "this run has one slot");
      return line("upgrade", name(record.subject), "");
  }
  BH_CHECK(false);
}

bool Replay::asked(Service service, std::string_view method,
                   std::optional<uint32_t> of_component) const {
  return std::any_of(open_.begin(), open_.end(), [&](const std::optional<OpenCall>& open) {
    if (!open) return false;
    const OperationId operation = open->request.operation;
    return service_of(*model_, model_->operations[operation].endpoint) == service &&
           model_->method_of(operation).name == method &&
           (!of_component || model_->owner_of(operation).value == *of_component);
  });
}

ShownRecord Replay::shut_down(const AuditRecord& record) {
  if (!asked(Service::Machine, "shutdown", std::nullopt)) {
    differ(record, "the policy lets nobody end the system");
  }
  return line("shutdown", name(record.subject), fmt::format("status {}", record.words[0]));
}

ShownRecord Replay::revived(const AuditRecord& record) {
  const bool started = record.kind == AuditKind::Started;
  const auto may_be = [&](std::string_view method) {
    return asked(Service::Life, method, record.subject);
  };
  if (!may_be("restart") && !may_be(started ? "start" : "stop")) {
    differ(record, "nobody has asked for it");
  }
  if (gone_[record.subject] != started) differ(record, "it was so already");
  gone_[record.subject] = !started;
  if (!started) return line("stopped", name(record.subject), "by request");
  return line("started", name(record.subject), fmt::format("life {}", (record.words[0] >> 16) + 1));
}

ShownRecord Replay::reloaded(const AuditRecord& record) {
  if (!asked(Service::Machine, "reload", std::nullopt)) differ(record, "nobody has asked for it");
  if (record.status != AuditStatus::Ok) {
    return line("reload", name(record.subject), fmt::format("refused, code {}", record.words[1]));
  }
  ++epoch_;
  if (next_model_ == nullptr || policy_version((*next_model_)->version) != record.words[0]) {
    differ(record, "a table of no policy that was named for a reload");
    return line("reload", name(record.subject), "an unknown table");
  }
  const Evaluator before = *reference_;
  reference_.emplace(*next_model_);
  if (!reference_->carry_over(before)) differ(record, "a protocol loses its state");
  model_ = &**next_model_;
  table_ = next_table_;
  shown_.emplace(*model_, key_);
  return line("reload", name(record.subject), "version " + model_->version);
}

std::string Replay::name(uint32_t component) const {
  return component < model_->components.size() ? model_->components[ComponentId(component)].name
                                               : fmt::format("component {}", component);
}

void Replay::differ(const AuditRecord& record, const std::string& why) {
  differences_.push_back(fmt::format("record {}: {}", record.sequence, why));
}

std::optional<Request> Replay::request_of(const AuditRecord& record) {
  const ComponentId caller(record.subject);
  const std::vector<Channel>& channels = table_->channels[caller];
  if (record.channel >= channels.size()) return std::nullopt;
  const EndpointId endpoint = channels[record.channel].endpoint;
  const EndpointRow& row = table_->endpoints[endpoint];
  if (record.endpoint != endpoint.value || record.receiver != row.receiver.value) {
    differ(record, "the channel leads elsewhere in the policy");
    return std::nullopt;
  }
  if (record.method >= row.methods.size()) return std::nullopt;
  const MethodRow& method = row.methods[record.method];
  Request request{caller, method.operation, {}};
  request.words.assign(record.words.begin(),
                       record.words.begin() + static_cast<long>(method.arguments.size()));
  return request;
}

ShownRecord Replay::granted_call(const AuditRecord& record) {
  ++granted_;
  const std::optional<Request> request = request_of(record);
  if (!request) {
    differ(record, "granted what has no name");
    return line("granted", unnamed(record), "");
  }
  const Decision decision = reference_->call(*request);
  if (!decision.granted())
    differ(record, "granted, but the reference says " + print(*model_, decision));
  if (open_[record.subject]) differ(record, "the caller still waits for a reply");
  const EndpointId endpoint = model_->operations[request->operation].endpoint;
  if (gone_[record.subject] && service_of(*model_, endpoint) != Service::Crashes) {
    differ(record, "the caller is gone");
  }
  const Audit* audit = shown_->statement(decision);
  open_[record.subject] = OpenCall{*request, model_, audit};
  return line("granted", shown_->request(audit, *request),
              shown_->why(audit, print(*model_, decision)));
}

ShownRecord Replay::refused_call(const AuditRecord& record) {
  ++refused_;
  if (record.reason == AuditReason::Stale) {
    return line("refused", name(record.subject) + " answers", "nobody waits for it");
  }
  const std::optional<Request> request = request_of(record);
  if (!request) {
    if (record.reason != AuditReason::Channel && record.reason != AuditReason::Method) {
      differ(record, "refused for another reason than that it has no name");
    }
    return line("refused", unnamed(record), "the policy gives it no such name");
  }
  const Decision decision = reference_->decide(*request);
  if (!agrees(record, decision)) {
    differ(record, fmt::format("refused ({}), but the reference says {}", print(record.reason),
                               print(*model_, decision)));
  }
  const std::string why = record.reason == AuditReason::PeerGone   ? "the receiver is gone"
                          : record.reason == AuditReason::TimedOut ? "not received in time"
                                                                   : print(*model_, decision);
  const Audit* audit = shown_->statement(decision.granted() ? Decision() : decision);
  return line("refused", shown_->request(audit, *request), shown_->why(audit, why));
}

std::string Replay::unnamed(const AuditRecord& record) {
  const std::string who = shown_->who(shown_->statement(Decision()), ComponentId(record.subject));
  if (record.reason == AuditReason::Channel) {
    return fmt::format("{} -> channel {}", who, record.channel);
  }
  return fmt::format("{} -> channel {}, method {}", who, record.channel, record.method);
}

bool Replay::agrees(const AuditRecord& record, const Decision& decision) const {
  const bool by_rules = decision.reason == Reason::OutOfRange ||
                        decision.reason == Reason::Denied || decision.reason == Reason::NoRule;
  switch (record.reason) {
    case AuditReason::Default:
    case AuditReason::Condition:
      return by_rules;
    case AuditReason::Protocol:
      return decision.reason == Reason::Protocol && record.rule &&
             *record.rule < table_->protocols.size() &&
             table_->protocols[*record.rule].protocol == decision.protocol;
    case AuditReason::PeerGone:
      return !by_rules && record.receiver < gone_.size() && gone_[record.receiver];
    case AuditReason::TimedOut:  // before the protocols were asked
      return !by_rules;
    case AuditReason::None:
    case AuditReason::Channel:
    case AuditReason::Method:
    case AuditReason::TooLong:
    case AuditReason::Memory:
    case AuditReason::Exception:
    case AuditReason::Syscall:
    case AuditReason::Budget:
    case AuditReason::Stale:
      return false;
  }
  BH_CHECK(false);
}

bool Replay::within_results(const OpenCall& open, const AuditRecord& record) const {
  const std::vector<Parameter>& results = open.model->method_of(open.request.operation).results;
  for (size_t i = 0; i < results.size(); ++i) {
    if (!open.model->types[results[i].type].domain.contains(record.words[i])) return false;
  }
  return true;
}

ShownRecord Replay::reply(const AuditRecord& record) {
  const std::optional<OpenCall> open = std::exchange(open_[record.subject], std::nullopt);
  if (!open) {
    differ(record, "a reply to no call");
    return {};
  }
  const Request* const request = &open->request;
  const bool bad = record.kind == AuditKind::BadReply;
  const bool ok = !bad && record.status == AuditStatus::Ok;
  reference_->reply(*request, ok ? ReplyStatus::Ok : ReplyStatus::Error);
  if (ok && !within_results(*open, record)) differ(record, "a result is outside of its type");
  if (bad && within_results(*open, record)) differ(record, "a sound reply was dropped");
  ShownRecord shown = line("reply",
                           fmt::format("{} -> {}", shown_->what(open->audit, request->operation),
                                       shown_->who(open->audit, request->caller)),
                           ok    ? "ok"
                           : bad ? "dropped: a result is outside of its type"
                           : record.status == AuditStatus::PeerGone ? "the receiver is gone"
                           : record.status == AuditStatus::TimedOut ? "none in time"
                                                                    : "error");
  shown.routine = ok;
  return shown;
}

ShownRecord Replay::ended(const AuditRecord& record) {
  gone_[record.subject] = true;
  open_[record.subject].reset();
  if (record.kind == AuditKind::Exit) {
    return line("ended", name(record.subject), fmt::format("status {}", record.words[0]));
  }
  ++stopped_;
  if (record.reason == AuditReason::Memory) {
    return line("stopped",
                fmt::format("{} reached for {:#x}", name(record.subject), record.words[1]),
                "not its memory");
  }
  return line("stopped", name(record.subject), std::string(print(record.reason)));
}

}  // namespace bh

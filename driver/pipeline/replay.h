// Follows the microkernel's audit records with the reference evaluator: was each decision the
// policy's?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/console.h"
#include "core/audit/record.h"
#include "core/audit/shown.h"
#include "core/model/model.h"
#include "solver/reference/evaluator.h"
#include "targets/monitor/services.h"
#include "targets/table/decision_table.h"

namespace bh {

// A record as people are shown it, who see of it what the policy's `audit` statements let them.
struct ShownRecord {
  std::string verdict;   // "granted"; empty: there is nothing to show
  std::string what;      // "Parser -> KeyStore.keys.sign(slot: 1, digest: 32 bytes)"
  std::string why;       // "allowed by signing"
  bool routine = false;  // an ok reply: goes without saying
};

// "granted  <what> <why>", with the columns of the others.
std::string print(const ShownRecord& record);

class Replay {
 public:
  // For a system that ran with a table lowered from the model and left a record of everything. Both
  // must outlive the replay.
  Replay(const CheckedModel& model, const DecisionTable& table, const AuditKey& key = {});

  // The policy that a reload may put in its place. Both must outlive the replay, too.
  void expect_reload(const CheckedModel& model, const DecisionTable& table);
  // It was told of one, and none has come.
  bool awaits_reload() const { return next_model_ != nullptr && model_ != &**next_model_; }

  // How the system's clock runs. Until told, it counts nanoseconds from 0.
  void start(const BootLine& boot);

  // The next record in the kernel's order.
  ShownRecord take(const AuditRecord& record);
  // Between the start of the system and the last record.
  uint64_t microseconds() const { return (last_time_ - start_) * 1000 / ticks_per_ms_; }

  size_t granted() const { return granted_; }
  size_t refused() const { return refused_; }
  size_t stopped() const { return stopped_; }
  // Each record that the reference evaluator, asked the same in the same order, would not have
  // left.
  const std::vector<std::string>& differences() const { return differences_; }

 private:
  ShownRecord granted_call(const AuditRecord& record);
  ShownRecord refused_call(const AuditRecord& record);
  ShownRecord reply(const AuditRecord& record);
  ShownRecord ended(const AuditRecord& record);
  ShownRecord shut_down(const AuditRecord& record);
  ShownRecord revived(const AuditRecord& record);
  ShownRecord reloaded(const AuditRecord& record);
  // Whether a granted call without a reply asks the service for this.
  bool asked(Service service, std::string_view method, std::optional<uint32_t> of_component) const;
  // The request that the record speaks of; nothing when the table has no such row.
  std::optional<Request> request_of(const AuditRecord& record);
  std::string unnamed(const AuditRecord& record);
  bool agrees(const AuditRecord& record, const Decision& decision) const;
  // The evaluator's clock becomes the record's.
  void keep_time(const AuditRecord& record);
  void differ(const AuditRecord& record, const std::string& why);
  std::string name(uint32_t component) const;

  const Model* model_;
  const DecisionTable* table_;
  const CheckedModel* next_model_ = nullptr;
  const DecisionTable* next_table_ = nullptr;
  AuditKey key_;
  std::optional<Shown> shown_;
  std::optional<Evaluator> reference_;
  uint64_t epoch_ = 0;
  struct OpenCall {
    Request request;
    const Model* model = nullptr;  // that granted it
    const Audit* audit = nullptr;  // the statement that spoke of its grant
  };
  bool within_results(const OpenCall& open, const AuditRecord& record) const;
  std::vector<std::optional<OpenCall>> open_;  // by component: granted, and no reply yet
  std::vector<bool> gone_;                     // by component
  uint64_t next_sequence_ = 0;
  uint64_t last_time_ = 0;  // ticks
  uint64_t ticks_per_ms_ = NanosecondsPerMillisecond;
  uint64_t start_ = 0;  // ticks
  size_t granted_ = 0;
  size_t refused_ = 0;
  size_t stopped_ = 0;
  std::vector<std::string> differences_;
};

}  // namespace bh

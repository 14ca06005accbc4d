// What people are shown of a decision: the record without what the policy's `audit` statements and
// the privacy of its parameters keep from the log. A table's own records are exact; this stands
// where they leave the machine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/model.h"

namespace bh {

using AuditKey = std::array<uint8_t, 32>;

// Fresh from the system's source of randomness. Hashes under one key can be compared, those under
// different keys cannot.
AuditKey random_audit_key();

class Shown {
 public:
  // The model must outlive it.
  Shown(const Model& model, const AuditKey& key) : model_(model), key_(key) {}

  // The statement that speaks of such a decision; nullptr when none does.
  const Audit* statement(const Decision& decision) const;

  // As the statement, or without one the parameters' privacy, lets it be seen: exact; hashed as
  // "#1a2b3c4d"; down to a multiple as "16.."; or left out as "-".
  std::string request(const Audit* audit, const Request& request) const;
  std::string who(const Audit* audit, ComponentId caller) const;
  std::string what(const Audit* audit, OperationId operation) const;
  std::string why(const Audit* audit, std::string_view text) const;

 private:
  std::string text(const AuditField& field, std::string_view text) const;
  std::string argument(const AuditField& field, TypeId type, uint64_t word) const;

  const Model& model_;
  AuditKey key_;
};

}  // namespace bh

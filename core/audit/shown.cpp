#include "core/audit/shown.h"

#include <fmt/format.h>

#include <random>

#include "core/base/sha256.h"

namespace bh {

AuditKey random_audit_key() {
  std::random_device source;
  AuditKey key;
  for (uint8_t& byte : key) byte = static_cast<uint8_t>(source());
  return key;
}

const Audit* Shown::statement(const Decision& decision) const {
  const bool by_own_rule = decision.granted() || decision.reason == Reason::Denied;
  const AuditOf otherwise = decision.granted() ? AuditOf::Granted : AuditOf::Denied;
  const Audit* found = nullptr;
  for (const Audit& audit : model_.audits) {
    if (audit.of == AuditOf::Rule && by_own_rule && audit.rule == decision.rule) return &audit;
    if (audit.of == otherwise && found == nullptr) found = &audit;
  }
  return found;
}

std::string Shown::text(const AuditField& field, std::string_view text) const {
  switch (field.keep) {
    case AuditClass::Exact:
      return std::string(text);
    case AuditClass::Hashed: {
      std::string keyed(key_.begin(), key_.end());
      keyed += text;
      const Sha256 hash = sha256(keyed);
      return fmt::format("#{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
    }
    case AuditClass::Bucket:  // only of a word
    case AuditClass::Omit:
      return "-";
  }
  BH_CHECK(false);
}

std::string Shown::argument(const AuditField& field, TypeId type, uint64_t word) const {
  if (field.keep == AuditClass::Bucket && field.bucket != 0) {
    return fmt::format("{}..", word / field.bucket * field.bucket);
  }
  return text(field, print_word(model_, type, word));
}

std::string Shown::who(const Audit* audit, ComponentId caller) const {
  return text(audit == nullptr ? AuditField() : audit->who, model_.components[caller].name);
}

std::string Shown::what(const Audit* audit, OperationId operation) const {
  return text(audit == nullptr ? AuditField() : audit->what, print(model_, operation));
}

std::string Shown::why(const Audit* audit, std::string_view reason) const {
  return text(audit == nullptr ? AuditField() : audit->why, reason);
}

std::string Shown::request(const Audit* audit, const Request& request) const {
  const std::vector<Parameter>& parameters = model_.method_of(request.operation).parameters;
  std::string arguments;
  for (uint32_t i = 0; i < parameters.size() && i < request.words.size(); ++i) {
    const AuditField field = audit_field(model_, audit, request.operation, i);
    if (i != 0) arguments += ", ";
    arguments += parameters[i].name + ": " + argument(field, parameters[i].type, request.words[i]);
  }
  return fmt::format("{} -> {}({})", who(audit, request.caller), what(audit, request.operation),
                     arguments);
}

}  // namespace bh

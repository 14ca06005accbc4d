#include "driver/pipeline/selinux_explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "targets/selinux/avc.h"
#include "targets/selinux/decide.h"
#include "targets/selinux/flow.h"
#include "targets/selinux/relation.h"

namespace bh {
namespace {

using selinux::None;
using selinux::Policy;

// The parts of a request, as text.
struct Words {
  std::string source;
  std::string target;
  std::string object_class;
  std::vector<std::string> permissions;
};

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// "{ read, open }" or "read"
std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (char c : std::string(text) + ' ') {
    if (c != ' ' && c != ',' && c != '{' && c != '}') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

std::optional<Words> from_request(std::string_view text) {
  const size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) return std::nullopt;
  const std::string_view right = trimmed(text.substr(arrow + 2));
  const size_t last = right.rfind('.');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const size_t before = right.rfind('.', last - 1);
  if (before == std::string_view::npos) return std::nullopt;
  return Words{std::string(trimmed(text.substr(0, arrow))), std::string(right.substr(0, before)),
               std::string(right.substr(before + 1, last - before - 1)),
               list_of(right.substr(last + 1))};
}

struct Wish {
  uint32_t object_class = None;
  uint32_t permissions = 0;
};

Result<Wish> resolve(const Policy& policy, const Words& words) {
  Wish request;
  request.object_class = policy.find_class(words.object_class);
  if (request.object_class == None)
    return fail(fmt::format("the policy has no class '{}'", words.object_class));
  const selinux::Class& c = policy.classes[request.object_class];
  for (const std::string& permission : words.permissions) {
    const uint32_t bit = permission_bit(c, permission);
    if (bit == 0) return fail(fmt::format("class '{}' has no permission '{}'", c.name, permission));
    request.permissions |= bit;
  }
  if (request.permissions == 0) return fail("no permission is named");
  return request;
}

Result<uint32_t> type_of(const Policy& policy, const std::string& name) {
  const uint32_t type = policy.find_type(name);
  if (type == None) return fail(fmt::format("the policy has no type '{}'", name));
  return type;
}

void add_rules(const Policy& policy, uint32_t source, uint32_t target, const Wish& request,
               uint32_t permissions, SelinuxAnswer& answer) {
  for (std::string& rule :
       granting_rules(policy, source, target, request.object_class, permissions))
    answer.reasons.push_back("by " + std::move(rule));
}

Result<SelinuxAnswer> by_types(const Policy& policy, const Words& words, const Wish& request) {
  BH_TRY(const uint32_t source, type_of(policy, words.source));
  BH_TRY(const uint32_t target, type_of(policy, words.target));
  selinux::Relation relation(policy, selinux::AccessKind::Allow, selinux::InForce::Standard);
  const uint32_t has =
      relation.permissions(source, target, request.object_class) & request.permissions;
  const selinux::Class& c = policy.classes[request.object_class];
  SelinuxAnswer answer;
  answer.permissive = policy.types[source].permissive;
  answer.granted = has == request.permissions;
  answer.request = fmt::format("{} -> {}.{}.{{{}}}", words.source, words.target, c.name,
                               print_permissions(c, request.permissions));
  const uint32_t missing = request.permissions & ~has;
  if (missing != 0) {
    selinux::Relation all(policy, selinux::AccessKind::Allow, selinux::InForce::Sometimes);
    const uint32_t off = all.permissions(source, target, request.object_class) & missing;
    if ((missing & ~off) != 0)
      answer.reasons.push_back(fmt::format("no rule: {}", print_permissions(c, missing & ~off)));
    if (off != 0)
      answer.reasons.push_back(
          fmt::format("boolean: {} would be granted with other values", print_permissions(c, off)));
  }
  add_rules(policy, source, target, request, request.permissions, answer);
  for (const selinux::Constraint& constraint : c.constraints) {
    if ((constraint.permissions & request.permissions) == 0) continue;
    answer.reasons.push_back(
        fmt::format("and only where {}", print_constraint(policy, constraint.expr)));
  }
  return answer;
}

Result<SelinuxAnswer> by_contexts(const Policy& policy, const Words& words, const Wish& request) {
  BH_TRY(const selinux::Context source, selinux::parse_context(policy, words.source));
  BH_TRY(const selinux::Context target, selinux::parse_context(policy, words.target));
  const selinux::Decision decision = decide(policy, source, target, request.object_class,
                                            request.permissions, standard_values(policy));
  const selinux::Class& c = policy.classes[request.object_class];
  SelinuxAnswer answer;
  answer.permissive = decision.permissive;
  answer.granted = decision.allowed == request.permissions;
  answer.request = fmt::format("{} -> {}.{}.{{{}}}", words.source, words.target, c.name,
                               print_permissions(c, request.permissions));
  for (const selinux::Refusal& refusal : decision.refusals) {
    answer.reasons.push_back(fmt::format("{}: {}{}{}", print(refusal.cause),
                                         print_permissions(c, refusal.permissions),
                                         refusal.why.empty() ? "" : ", ", refusal.why));
  }
  add_rules(policy, source.type, target.type, request, request.permissions, answer);
  return answer;
}

}  // namespace

Result<SelinuxAnswer> explain_selinux(const Policy& policy, const std::string& text) {
  const Result<std::optional<selinux::Avc>> logged = selinux::read_avc(text);
  if (!logged.has_value())
    return fail(fmt::format("'{}' is no whole line of a log: {}", text, logged.error().message));
  const std::optional<Words> words = *logged
                                         ? Words{(*logged)->source, (*logged)->target,
                                                 (*logged)->object_class, (*logged)->permissions}
                                         : from_request(text);
  if (!words) {
    return fail(fmt::format("'{}' is no request", text),
                "write ntpd_t -> shadow_t.file.read, the same with two contexts, or paste a line "
                "of the log");
  }
  BH_TRY(const Wish request, resolve(policy, *words));
  const bool contexts = words->source.find(':') != std::string::npos;
  return contexts ? by_contexts(policy, *words, request) : by_types(policy, *words, request);
}

std::string print_answer(const SelinuxAnswer& answer) {
  std::string text =
      fmt::format("{:<8} {}\n", answer.granted ? "granted" : "denied", answer.request);
  for (const std::string& reason : answer.reasons) text += fmt::format("  {}\n", reason);
  if (answer.permissive)
    text += "  the source type is permissive: the kernel logs this and refuses nothing\n";
  return text;
}

std::string answer_json(const SelinuxAnswer& answer) {
  const nlohmann::ordered_json json = {{"version", 1},
                                       {"request", answer.request},
                                       {"granted", answer.granted},
                                       {"permissive", answer.permissive},
                                       {"reasons", answer.reasons}};
  return json.dump(2) + "\n";
}

}  // namespace bh

#include <algorithm>

#include "lang/checker.h"

namespace bh {

void Checker::audits() {
  std::unordered_map<std::string_view, Span> names;
  for (const ast::AuditDecl& d : ast_.audits) {
    if (declare(names, d.name) && !d.broken) audit(d);
  }
}

void Checker::audit(const ast::AuditDecl& d) {
  Audit to;
  to.because = d.because.value;
  to.span = d.span;
  if (d.name.text == "granted") {
    to.of = AuditOf::Granted;
  } else if (d.name.text != "denied") {
    to.of = AuditOf::Rule;
    const Cited* cited = find_cited(d.name);
    if (cited == nullptr) {
      unknown(d.name, cited_names({CitedKind::Rule}), diag::UnknownStatementName, d.name.text);
      return;
    }
    if (cited->kind != CitedKind::Rule) {
      reporter_.report(d.name.span, diag::WrongKind, d.name.text, "another statement", "a rule")
          .label(cited->span, "declared here");
      return;
    }
    to.rule = RuleId(cited->index);
  }
  if (d.one_in) {
    const bool refusals = to.of == AuditOf::Denied ||
                          (to.of == AuditOf::Rule && model_.rules[to.rule].kind == RuleKind::Deny);
    if (refusals && d.one_in->value != 1) {
      reporter_.report(d.one_in->span, diag::SampledRefusal)
          .help("leave '1 in N' out: only what is granted can be sampled");
    } else if (d.one_in->value == 0 || d.one_in->value > UINT32_MAX) {
      reporter_.report(d.one_in->span, diag::EmptyRange, 1, d.one_in->value);
    } else {
      to.one_in = static_cast<uint32_t>(d.one_in->value);
    }
  }
  std::unordered_map<std::string_view, Span> given;
  for (const ast::AuditDecl::Field& field : d.fields) {
    if (declare(given, field.subject)) audit_field(d, field, to);
  }
  model_.audits.add(std::move(to));
}

bool Checker::audit_class(const ast::AuditDecl::Field& field, AuditField& to) {
  static constexpr std::pair<std::string_view, AuditClass> Classes[] = {
      {"exact", AuditClass::Exact},
      {"hashed", AuditClass::Hashed},
      {"bucket", AuditClass::Bucket},
      {"omit", AuditClass::Omit}};
  const auto at = std::find_if(std::begin(Classes), std::end(Classes),
                               [&](const auto& c) { return c.first == field.keep.text; });
  if (at == std::end(Classes)) {
    auto report = reporter_.report(field.keep.span, diag::UnknownAuditClass, field.keep.text);
    report.help("write 'exact', 'hashed', 'bucket N' or 'omit'");
    return false;
  }
  to.keep = at->second;
  if (to.keep != AuditClass::Bucket) return true;
  if (!field.bucket || field.bucket->value == 0) {
    reporter_.report(field.keep.span, diag::UnknownAuditClass, field.keep.text)
        .help(fmt::format("say how wide the buckets are: {} bucket 16", field.subject.text));
    return false;
  }
  to.bucket = field.bucket->value;
  return true;
}

void Checker::audit_field(const ast::AuditDecl& d, const ast::AuditDecl::Field& field, Audit& to) {
  AuditField keep;
  if (!audit_class(field, keep)) return;
  const std::string_view subject = field.subject.text;
  const bool fixed = subject == "who" || subject == "what" || subject == "why";
  if (fixed && keep.keep == AuditClass::Bucket) {
    reporter_.report(field.keep.span, diag::TypeMismatch, subject, "a name", "put into buckets");
  } else if (subject == "who") {
    to.who = keep;
  } else if (subject == "what") {
    to.what = keep;
  } else if (subject == "why") {
    to.why = keep;
  } else if (subject == "arguments") {
    to.arguments = keep;
  } else {
    audit_argument(d, field, keep, to);
  }
}

static std::string_view privacy_word(Privacy privacy) {
  return privacy == Privacy::Secret ? "secret" : "personal";
}

// A field of a parameter: of every operation of the rule that has one of this name.
void Checker::audit_argument(const ast::AuditDecl& d, const ast::AuditDecl::Field& field,
                             AuditField keep, Audit& to) {
  std::vector<std::string_view> names = {"who", "what", "why", "arguments"};
  bool found = false;
  bool weak = false;
  if (to.rule.valid()) {
    for (const ConditionalOperation& target : model_.rules[to.rule].targets) {
      for (const Parameter& p : model_.method_of(target.operation).parameters) {
        names.push_back(p.name);
        if (p.name != field.subject.text || !p.type.valid()) continue;
        found = true;
        const TypeKind kind = model_.types[p.type].kind;
        if (keep.keep == AuditClass::Bucket && (kind == TypeKind::Bool || kind == TypeKind::Enum)) {
          reporter_.report(field.keep.span, diag::TypeMismatch, p.name,
                           describe(model_.types[p.type]), "put into buckets");
          return;
        }
        const bool weaker = (p.privacy == Privacy::Secret && keep.keep != AuditClass::Omit) ||
                            (p.privacy == Privacy::Personal && keep.keep == AuditClass::Exact);
        if (weaker && !weak && d.because.value.empty()) {
          weak = true;
          reporter_
              .report(field.keep.span, diag::WeakenedPrivacy, p.name, field.keep.text,
                      privacy_word(p.privacy))
              .label(p.span, "declared here")
              .help("say why with: because \"..\"");
        }
      }
    }
    if (!found && model_.rules[to.rule].targets.empty()) return;
  }
  if (!found) {
    unknown(field.subject, names, diag::UnknownParameter, d.name.text, field.subject.text);
    return;
  }
  to.listed.push_back(
      {std::string(field.subject.text), keep, join(field.subject.span, field.keep.span)});
}

}  // namespace bh

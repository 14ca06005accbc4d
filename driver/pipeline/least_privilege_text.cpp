#include "driver/pipeline/least_privilege_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "lang/format.h"
#include "lang/lexer.h"
#include "lang/rule_parts.h"

namespace bh {

// Where an edit belongs among others: no two different ones are equal.
static auto place(const FixIt& fix) {
  return std::tuple(fix.replace.file, fix.replace.begin, fix.replace.end,
                    std::string_view(fix.with));
}

namespace {

// The tokens of one statement, with edits of it that leave the comments between them alone.
class StatementText {
 public:
  StatementText(const SourceFile& file, Span span) : text_(file.text()), span_(span) {
    DiagnosticSink unheard;
    Reporter reporter(unheard);
    Lexer lexer(text_.substr(span.begin, span.end - span.begin), span.file, reporter);
    for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
      token.span.begin += span.begin;
      token.span.end += span.begin;
      tokens_.push_back(token);
    }
  }

  size_t size() const { return tokens_.size(); }
  const Token& operator[](size_t i) const { return tokens_[i]; }
  // The first token that does not begin before the offset.
  size_t at(uint32_t offset) const {
    size_t i = 0;
    while (i < tokens_.size() && tokens_[i].span.begin < offset) ++i;
    return i;
  }

  std::vector<FixIt> take() { return std::move(fixes_); }

  // Tokens [first, last) become `with`.
  void replace(size_t first, size_t last, const std::string& with) {
    for (size_t i = first; i < last;) {
      size_t end = i + 1;
      while (end < last && !commented(end)) ++end;
      fixes_.push_back({{}, {span_.file, tokens_[i].span.begin, tokens_[end - 1].span.end}, {}});
      if (i == first) fixes_.back().with = with;
      i = end;
    }
  }
  void insert_after(size_t token, const std::string& text) {
    const uint32_t place = tokens_[token].span.end;
    fixes_.push_back({{}, {span_.file, place, place}, text});
  }
  void insert_before(size_t token, const std::string& text) {
    const uint32_t place = tokens_[token].span.begin;
    fixes_.push_back({{}, {span_.file, place, place}, text});
  }
  // All of it, and the line if nothing else is on it.
  void remove() {
    const size_t before = fixes_.size();
    replace(0, tokens_.size(), "");
    uint32_t begin = span_.begin;
    uint32_t end = span_.end;
    while (begin > 0 && is_blank(text_[begin - 1])) --begin;
    while (end < text_.size() && is_blank(text_[end])) ++end;
    const bool alone =
        (begin == 0 || text_[begin - 1] == '\n') && end < text_.size() && text_[end] == '\n';
    if (!alone || fixes_.size() != before + 1) return;
    fixes_.back().replace = {span_.file, begin, end + 1};
  }
  // A line of its own behind the one on which the statement ends.
  void add_line(const std::string& text) {
    uint32_t place = span_.end;
    while (place < text_.size() && is_blank(text_[place])) ++place;
    if (text_.substr(place).starts_with("//")) {
      place = static_cast<uint32_t>(std::min(text_.find('\n', place), text_.size()));
    } else if (place < text_.size() && text_[place] != '\n') {
      place = span_.end;
    }
    fixes_.push_back({{}, {span_.file, place, place}, "\n" + text});
  }
  // Tokens [first, last) as text without comments.
  std::string plain(size_t first, size_t last) const {
    std::string text;
    for (size_t i = first; i < last; ++i) {
      if (i > first && tokens_[i].span.begin > tokens_[i - 1].span.end) text += ' ';
      text += tokens_[i].text;
    }
    return text;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
  bool commented(size_t i) const {
    const uint32_t begin = tokens_[i - 1].span.end;
    return text_.substr(begin, tokens_[i].span.begin - begin).find("//") != std::string_view::npos;
  }

  std::string_view text_;
  Span span_;
  std::vector<Token> tokens_;
  std::vector<FixIt> fixes_;
};

// What becomes of an element of a list: stays, goes, or is written anew as several.
struct Fate {
  bool stays = true;
  std::vector<std::string> instead;
  size_t count() const { return stays ? 1 : instead.size(); }
};

std::string listed(const std::vector<std::string>& names) {
  return names.size() == 1 ? names[0] : fmt::format("{{ {} }}", fmt::join(names, ", "));
}

// A list in braces, or one element without: tokens [first, last), and where its elements are.
void edit_list(StatementText& text, size_t first, size_t last,
               const std::vector<std::pair<size_t, size_t>>& elements,
               const std::vector<Fate>& fates) {
  size_t left = 0;
  size_t last_left = 0;
  for (size_t i = 0; i < fates.size(); ++i) {
    left += fates[i].count();
    if (fates[i].count() > 0) last_left = i;
  }
  const bool braced = text[first].kind == TokenKind::LeftBrace;
  const bool unwrap = braced && left == 1 && elements.size() > 1;
  if (unwrap) text.replace(first, first + 1, "");
  for (size_t i = 0; i < elements.size(); ++i) {
    const auto [begin, end] = elements[i];
    if (!fates[i].stays) {
      const std::string with = braced ? fmt::format("{}", fmt::join(fates[i].instead, ", "))
                               : fates[i].instead.empty() ? std::string()
                                                          : listed(fates[i].instead);
      text.replace(begin, end, with);
    }
    const bool comma = end < last && text[end].kind == TokenKind::Comma;
    const bool trails = i == last_left && i + 1 == elements.size() && !unwrap;
    const bool comma_stays = fates[i].count() > 0 && (i < last_left || trails);
    if (comma && !comma_stays) text.replace(end, end + 1, "");
  }
  if (unwrap) text.replace(last - 1, last, "");
}

// ---- what statements are written with
// --------------------------------------------------------------

// Paths that name these targets and nothing else.
std::vector<std::string> paths_of(const Model& model,
                                  const std::vector<ConditionalOperation>& targets) {
  std::vector<std::pair<std::string, std::vector<std::string>>> grouped;
  for (const ConditionalOperation& target : targets) {
    const Endpoint& endpoint = model.endpoint_of(target.operation);
    std::string base = target.whose == Whose::Own ? "self" : model.components[endpoint.owner].name;
    if (target.whose == Whose::Others) base = "other " + base;
    if (!endpoint.name.empty()) base += "." + endpoint.name;
    const std::string& method = model.method_of(target.operation).name;
    auto at = std::find_if(grouped.begin(), grouped.end(),
                           [&](const auto& group) { return group.first == base; });
    if (at == grouped.end()) at = grouped.insert(at, {base, {}});
    if (std::find(at->second.begin(), at->second.end(), method) == at->second.end()) {
      at->second.push_back(method);
    }
  }
  std::vector<std::string> paths;
  for (const auto& [base, methods] : grouped) {
    paths.push_back(methods.size() == 1 ? base + "." + methods[0]
                                        : fmt::format("{}.{{{}}}", base, fmt::join(methods, ", ")));
  }
  return paths;
}

std::vector<std::string> names_of(const Model& model, const std::vector<ComponentId>& ids) {
  std::vector<std::string> names;
  for (const ComponentId id : ids) names.push_back(model.components[id].name);
  return names;
}

using TargetKey = std::pair<OperationId, Whose>;

std::set<TargetKey> keys_of(const std::vector<ConditionalOperation>& targets) {
  std::set<TargetKey> keys;
  for (const ConditionalOperation& target : targets) keys.emplace(target.operation, target.whose);
  return keys;
}

// ---- one rule
// ----------------------------------------------------------------------------------------

class RuleText {
 public:
  RuleText(const LoadedPolicy& policy, const RuleEdit& edit, const RuleParts& parts,
           std::set<std::string>& names)
      : policy_(policy),
        model_(**policy.model),
        edit_(edit),
        decl_(policy.ast.rules[edit.rule.value]),
        rule_(model_.rules[edit.rule]),
        parts_(parts),
        names_(names),
        text_(policy.sources[decl_.span.file], decl_.span) {}

  TextEdit run() {
    TextEdit result{edit_.rule, {}, {}};
    if (edit_.statements.empty()) {
      text_.remove();
      summaries_.push_back(fmt::format("remove rule '{}'", rule_.name));
      result.fixes = text_.take();
      remove_citations(result.fixes);
    } else {
      find_condition();
      edit_subjects(edit_.statements[0]);
      edit_targets(edit_.statements[0]);
      if (edit_.statements[0].when) edit_condition(*edit_.statements[0].when);
      for (size_t i = 1; i < edit_.statements.size(); ++i) add_statement(edit_.statements[i]);
      result.fixes = text_.take();
    }
    result.summary = fmt::format("{}", fmt::join(summaries_, "; "));
    result.fixes = merged(std::move(result.fixes));
    for (FixIt& fix : result.fixes) fix.text = result.summary;
    return result;
  }

 private:
  // In the order of the text; those with no comment between them as one.
  std::vector<FixIt> merged(std::vector<FixIt> fixes) const {
    std::sort(fixes.begin(), fixes.end(),
              [](const FixIt& a, const FixIt& b) { return place(a) < place(b); });
    std::vector<FixIt> result;
    for (FixIt& fix : fixes) {
      if (!result.empty() && result.back().replace.file == fix.replace.file) {
        FixIt& last = result.back();
        const std::string_view between =
            policy_.sources.text({fix.replace.file, last.replace.end, fix.replace.begin});
        if (between.size() < 200 && between.find("//") == std::string_view::npos) {
          last.with += std::string(between) + fix.with;
          last.replace.end = fix.replace.end;
          continue;
        }
      }
      result.push_back(std::move(fix));
    }
    return result;
  }

  std::vector<std::pair<size_t, size_t>> elements(const std::vector<ast::Path>& paths) const {
    std::vector<std::pair<size_t, size_t>> found;
    for (const ast::Path& path : paths) {
      found.emplace_back(text_.at(path.span.begin), text_.at(path.span.end));
    }
    return found;
  }

  void edit_set(const ast::PathSet& set, const std::vector<Fate>& fates) {
    edit_list(text_, text_.at(set.span.begin), text_.at(set.span.end), elements(set.paths), fates);
  }

  void edit_subjects(const NarrowedRule& to) {
    const std::set<ComponentId> had(rule_.subjects.begin(), rule_.subjects.end());
    std::set<ComponentId> left(to.subjects.begin(), to.subjects.end());
    if (left == had) return;
    std::vector<Fate> fates;
    std::set<ComponentId> written;
    for (size_t i = 0; i < parts_.subjects.size(); ++i) {
      Fate fate;
      std::vector<ComponentId> some;
      for (const ComponentId id : parts_.subjects[i]) {
        if (!had.contains(id)) continue;
        if (left.contains(id)) {
          some.push_back(id);
        } else {
          fate.stays = false;
        }
      }
      std::erase_if(some, [&](ComponentId id) { return !written.insert(id).second; });
      if (!fate.stays) fate.instead = names_of(model_, some);
      fates.push_back(std::move(fate));
    }
    edit_set(decl_.subjects, fates);
    std::vector<ComponentId> gone;
    std::set_difference(had.begin(), had.end(), left.begin(), left.end(), std::back_inserter(gone));
    summaries_.push_back(
        fmt::format("take {} out of rule '{}'", quoted(names_of(model_, gone)), rule_.name));
  }

  static std::string quoted(const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (size_t i = 0; i < names.size() && i < 3; ++i) all.push_back("'" + names[i] + "'");
    const size_t more = names.size() - all.size();
    if (more > 0) all.push_back(fmt::format("{} more", more));
    if (all.size() == 1) return all[0];
    const std::string last = all.back();
    all.pop_back();
    return fmt::format("{} and {}", fmt::join(all, ", "), last);
  }

  // What is left of the targets that a path, or one of its alternatives, stands for.
  static std::vector<ConditionalOperation> left_of(const std::vector<ConditionalOperation>& all,
                                                   const std::set<TargetKey>& left) {
    std::vector<ConditionalOperation> some;
    for (const ConditionalOperation& target : all) {
      if (left.contains({target.operation, target.whose})) some.push_back(target);
    }
    return some;
  }

  void edit_targets(const NarrowedRule& to) {
    if (to.targets.size() == rule_.targets.size()) return;
    const std::set<TargetKey> left = keys_of(to.targets);
    std::set<TargetKey> written;
    std::vector<Fate> fates;
    std::vector<size_t> inside;  // paths of which some alternatives go
    for (size_t i = 0; i < parts_.targets.size(); ++i) {
      fates.push_back(fate_of(parts_.targets[i], left, written));
      Fate& fate = fates.back();
      if (fate.stays || !goes_by_alternatives(parts_.targets[i], left)) continue;
      if (fate.instead.empty()) continue;
      fate = {};
      inside.push_back(i);
    }
    for (const size_t i : inside) edit_alternatives(i, left);
    edit_set(decl_.targets, fates);
    std::vector<ConditionalOperation> gone;
    for (const ConditionalOperation& target : rule_.targets) {
      if (!left.contains({target.operation, target.whose})) gone.push_back(target);
    }
    summaries_.push_back(
        fmt::format("take {} out of rule '{}'", quoted(paths_of(model_, gone)), rule_.name));
  }

  Fate fate_of(const std::vector<std::vector<ConditionalOperation>>& alternatives,
               const std::set<TargetKey>& left, std::set<TargetKey>& written) const {
    Fate fate;
    std::vector<ConditionalOperation> some;
    for (const std::vector<ConditionalOperation>& all : alternatives) {
      const std::vector<ConditionalOperation> kept = left_of(all, left);
      if (kept.size() < all.size()) fate.stays = false;
      some.insert(some.end(), kept.begin(), kept.end());
    }
    std::erase_if(some, [&](const ConditionalOperation& target) {
      return !written.emplace(target.operation, target.whose).second;
    });
    if (!fate.stays) fate.instead = paths_of(model_, some);
    return fate;
  }

  static bool goes_by_alternatives(
      const std::vector<std::vector<ConditionalOperation>>& alternatives,
      const std::set<TargetKey>& left) {
    return alternatives.size() > 1 &&
           std::all_of(alternatives.begin(), alternatives.end(), [&](const auto& all) {
             const size_t kept = left_of(all, left).size();
             return kept == 0 || kept == all.size();
           });
  }

  void edit_alternatives(size_t path_index, const std::set<TargetKey>& left) {
    const ast::Path& path = decl_.targets.paths[path_index];
    std::vector<Fate> fates;
    std::vector<std::pair<size_t, size_t>> places;
    for (size_t i = 0; i < path.alternatives.size(); ++i) {
      Fate fate;
      fate.stays = !left_of(parts_.targets[path_index][i], left).empty();
      fates.push_back(std::move(fate));
      const Span span = path.alternatives[i].span;
      places.emplace_back(text_.at(span.begin), text_.at(span.end));
    }
    size_t open = places[0].first;
    while (text_[open].kind != TokenKind::LeftBrace) --open;
    edit_list(text_, open, text_.at(path.span.end), places, fates);
  }

  // ---- the condition
  // ----------------------------------------------------------------------------------

  void find_condition() {
    keyword_ = text_.at(decl_.targets.span.end);
    end_ = text_.size();
    if (decl_.because.given()) end_ = text_.at(decl_.because.span.begin) - 1;
  }
  bool has_condition() const { return decl_.condition.has_value(); }

  static bool is_disjunction(std::string_view condition) {
    return condition.find(" or ") != std::string_view::npos;
  }

  // The old condition, `unless` turned round, for use within an `and`.
  std::string old_condition() const {
    const std::string text = text_.plain(keyword_ + 1, end_);
    if (decl_.negated) return end_ - keyword_ > 2 ? "not (" + text + ")" : "not " + text;
    return is_disjunction(text) ? "(" + text + ")" : text;
  }
  std::string joined(const std::string& when) const {
    return is_disjunction(when) ? "(" + when + ")" : when;
  }

  void edit_condition(const std::string& when) {
    summaries_.push_back(fmt::format("narrow rule '{}' to {}", rule_.name, when));
    if (!has_condition()) {
      text_.insert_after(keyword_ - 1, " when " + when);
    } else if (!edit_.joined) {
      if (decl_.negated) text_.replace(keyword_, keyword_ + 1, "when");
      text_.replace(keyword_ + 1, end_, when);
    } else {
      const std::string old = text_.plain(keyword_ + 1, end_);
      const bool wrap = decl_.negated ? end_ - keyword_ > 2 : is_disjunction(old);
      if (decl_.negated) text_.replace(keyword_, keyword_ + 1, "when not");
      if (wrap) text_.insert_before(keyword_ + 1, "(");
      text_.insert_after(end_ - 1, (wrap ? ") and " : " and ") + joined(when));
    }
  }

  void add_statement(const NarrowedRule& statement) {
    std::string name = rule_.name;
    for (size_t i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}_{}", rule_.name, i);
    std::string text =
        fmt::format("allow {}: {} -> {}", name, listed(names_of(model_, statement.subjects)),
                    listed(paths_of(model_, statement.targets)));
    std::string when = statement.when.value_or("");
    if (statement.when && edit_.joined) when = old_condition() + " and " + joined(when);
    if (!statement.when && has_condition()) {
      when = decl_.negated ? old_condition() : text_.plain(keyword_ + 1, end_);
    }
    if (!when.empty()) text += " when " + when;
    if (decl_.because.given()) {
      text += " because " + std::string(policy_.sources.text(decl_.because.span));
    }
    text_.add_line(text);
    summaries_.push_back(fmt::format("split '{}' off", name));
  }

  // ---- what speaks of a rule that goes
  // -------------------------------------------------------------

  void remove_citations(std::vector<FixIt>& fixes) {
    const auto add = [&](StatementText& text) {
      for (FixIt& fix : text.take()) fixes.push_back(std::move(fix));
    };
    for (const ast::AuditDecl& audit : policy_.ast.audits) {
      if (audit.name.text != rule_.name) continue;
      StatementText text(policy_.sources[audit.span.file], audit.span);
      text.remove();
      add(text);
      summaries_.push_back(fmt::format("remove 'audit {}'", rule_.name));
    }
    for (const ast::SelinuxDecl& target : policy_.ast.selinux) {
      for (const auto& approximation : target.approximations) {
        if (approximation.statement.text != rule_.name) continue;
        const Span name = approximation.statement.span;
        StatementText whole(policy_.sources[target.span.file], target.span);
        const Span word = whole[whole.at(name.begin) - 1].span;
        const Span because = approximation.because.span;
        StatementText text(policy_.sources[target.span.file],
                           join(word, because.valid() ? because : name));
        text.remove();
        add(text);
        summaries_.push_back(fmt::format("remove 'approximate {}'", rule_.name));
      }
    }
  }

  const LoadedPolicy& policy_;
  const Model& model_;
  const RuleEdit& edit_;
  const ast::RuleDecl& decl_;
  const Rule& rule_;
  const RuleParts& parts_;
  std::set<std::string>& names_;
  StatementText text_;
  size_t keyword_ = 0;  // the token behind the targets: `when` or `unless`, if there is a condition
  size_t end_ = 0;      // and behind the condition
  std::vector<std::string> summaries_;
};

std::set<std::string> names_in_use(const Ast& ast) {
  std::set<std::string> names;
  const auto add = [&](const auto& list) {
    for (const auto& statement : list) names.emplace(statement.name.text);
  };
  add(ast.rules);
  add(ast.releases);
  add(ast.protocols);
  for (const ast::PropertyDecl& property : ast.properties) {
    names.emplace(
        std::visit([](const ast::Statement& statement) { return statement.name.text; }, property));
  }
  return names;
}

}  // namespace

std::vector<TextEdit> text_edits(const LoadedPolicy& policy, const std::vector<RuleEdit>& edits) {
  std::vector<RuleId> rules;
  for (const RuleEdit& edit : edits) rules.push_back(edit.rule);
  const std::vector<RuleParts> parts = rule_parts(policy.ast, setting_of(**policy.model), rules);
  std::set<std::string> names = names_in_use(policy.ast);
  std::vector<TextEdit> result;
  for (size_t i = 0; i < edits.size(); ++i) {
    result.push_back(RuleText(policy, edits[i], parts[i], names).run());
  }
  return result;
}

std::string apply_edits(const SourceFile& file, FileId id, const std::vector<TextEdit>& edits) {
  std::vector<const FixIt*> fixes;
  for (const TextEdit& edit : edits) {
    for (const FixIt& fix : edit.fixes) {
      if (fix.replace.file == id) fixes.push_back(&fix);
    }
  }
  std::sort(fixes.begin(), fixes.end(),
            [](const FixIt* a, const FixIt* b) { return place(*a) < place(*b); });
  const std::string_view text = file.text();
  std::string edited;
  uint32_t done = 0;
  for (const FixIt* fix : fixes) {
    BH_CHECK(fix->replace.begin >= done);
    edited += text.substr(done, fix->replace.begin - done);
    edited += fix->with;
    done = fix->replace.end;
  }
  edited += text.substr(done);
  SourceFile unformatted(file.path(), edited);
  DiagnosticSink unheard;
  return format(unformatted, id, unheard).value_or(edited);
}

}  // namespace bh

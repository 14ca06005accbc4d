// Least privilege, from the text to the edited text, against trying every request.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "driver/pipeline/files.h"
#include "driver/pipeline/least_privilege.h"
#include "driver/pipeline/least_privilege_log.h"
#include "lang/format.h"
#include "solver/reference/evaluator.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

using RequestKey = std::tuple<uint32_t, uint32_t, std::vector<uint64_t>>;
using RequestSet = std::set<RequestKey>;

RequestKey key_of(const Request& request) {
  return {request.caller.value, request.operation.value, request.words};
}

std::vector<Request> all_requests(const Model& model) {
  std::vector<Request> all;
  for (const ComponentId caller : model.components.ids()) {
    for (const OperationId operation : model.operations.ids()) {
      std::vector<Request> open = {{caller, operation, {}}};
      for (const Parameter& parameter : model.method_of(operation).parameters) {
        std::vector<Request> more;
        for (const Interval& i : model.types[parameter.type].domain.intervals()) {
          for (uint64_t word = i.low; word <= i.high; ++word) {
            for (Request request : open) {
              request.words.push_back(word);
              more.push_back(std::move(request));
            }
          }
        }
        open = std::move(more);
      }
      all.insert(all.end(), open.begin(), open.end());
    }
  }
  return all;
}

// What the rules grant; protocols aside.
RequestSet granted(const CheckedModel& model) {
  const Evaluator evaluator(model);
  RequestSet set;
  for (const Request& request : all_requests(*model)) {
    const Reason reason = evaluator.decide(request).reason;
    if (reason == Reason::Allowed || reason == Reason::Protocol) set.insert(key_of(request));
  }
  return set;
}

// ---- random policies with comments in every place
// ----------------------------------------------------------

class PolicyWriter {
 public:
  explicit PolicyWriter(uint64_t seed) : random_(seed) {}

  std::string vocabulary() {
    return "policy p 1\n"
           "interface I { call m(a: u8 in 0..2, b: bool)   call n(a: u8 in 0..2)   call k() }\n"
           "interface J { call read()   call write(a: u8 in 0..2) }\n"
           "component A { provides box: J }\ncomponent B { provides box: J }\n"
           "component C { }\ncomponent D { }\ncomponent S { provides e: I }\nobject O: J { }\n"
           "group edge = { A, B }\n";
  }

  std::string rules() {
    std::string text;
    for (uint64_t n = 1 + random_.below(5); n > 0; --n) {
      text += comment();
      const bool deny = random_.one_in(6);
      const std::string condition = this->condition();
      text += fmt::format("{} r{}: {} -> {}{}{}{}", deny ? "deny" : "allow", n, subjects(),
                          targets(), condition, random_.one_in(4) ? " because \"so\"" : "",
                          random_.one_in(2) ? fmt::format("  // c{}", ++comments_) : "");
      text += '\n';
    }
    return text;
  }

  // Steps that expect what is granted at the beginning.
  std::string test(const CheckedModel& model) {
    std::string text;
    const Evaluator evaluator(model);
    for (const Request& request : all_requests(*model)) {
      const std::string& caller = model->components[request.caller].name;
      if (caller == "D" || caller == "O" || !random_.one_in(6)) continue;
      const bool expected = evaluator.decide(request).granted();
      if (!expected && !random_.one_in(20)) continue;
      text += fmt::format("test \"t{}\" {{ {} {} }}\n", ++tests_, expected ? "allow" : "deny",
                          print(*model, request));
    }
    return text;
  }

 private:
  std::string comment() {
    return random_.one_in(3) ? fmt::format("// c{}\n", ++comments_) : std::string();
  }
  std::string pick(const std::vector<std::string>& from) { return random_.pick(from); }
  std::string gap() {
    return random_.one_in(8) ? fmt::format("  // c{}\n    ", ++comments_) : std::string(" ");
  }

  std::string subjects() {
    switch (random_.below(6)) {
      case 0:
        return "any";
      case 1:
        return "edge";
      case 2:
        return fmt::format("{{ edge,{}C }}", gap());
      case 3:
        return fmt::format("{{{}A,{}B,{}D{}}}", gap(), gap(), gap(),
                           random_.one_in(3) ? ", " : " ");
      default:
        return pick({"A", "B", "C", "D"});
    }
  }

  std::string condition() {
    kind_ = random_.below(3);
    if (kind_ == 0) return "";
    const std::string word = random_.one_in(4) ? "unless" : "when";
    if (kind_ == 1) {
      return fmt::format("{}{}{}", gap(), word + " ",
                         pick({"a = 1", "a in {0, 2}", "a != 2", "a < 2", "a = 0 or a = 2"}));
    }
    return fmt::format(
        "{}{} {}", gap(), word,
        pick({"b", "a = 1 and b", "a < 2 or b", "not b", "(a = 0 or b) and a != 2"}));
  }

  std::string targets() {
    if (kind_ == 0) {
      if (random_.one_in(20)) return "self.box.{read, write}";
      return pick({"S.e", "S.e.k", fmt::format("S.e.{{n,{}k, m}}", gap()), "O", "I",
                   "O.{read, write}", fmt::format("{{ S.e.m,{}O.write }}", gap()), "{ S.e, O }",
                   "J.read"});
    }
    if (kind_ == 1) {
      return pick({"S.e.{m, n}", "O.write", fmt::format("{{ S.e.n,{}O.write }}", gap()), "S.e.m",
                   "J.write"});
    }
    return "S.e.m";
  }

  Random random_;
  uint64_t kind_ = 0;  // of the condition: none, over a, over a and b
  size_t comments_ = 0;
  size_t tests_ = 0;
};

std::multiset<std::string> comments_in(std::string_view text) {
  std::multiset<std::string> found;
  for (size_t at = text.find("// c"); at != std::string_view::npos;
       at = text.find("// c", at + 1)) {
    found.emplace(text.substr(at, text.find('\n', at) - at));
  }
  return found;
}

LoadedPolicy load(const TemporaryDirectory& folder, const std::string& text) {
  const std::string path = (folder.path() / "p.bh").string();
  BH_CHECK(write_file(path, text).has_value());
  Result<LoadedPolicy> policy = load_policy({path});
  BH_CHECK(policy.has_value());
  return std::move(*policy);
}

struct Tally {
  size_t edited = 0;
  size_t exact = 0;
  size_t refused = 0;
  size_t faulty = 0;  // policies that mean nothing
};

// What the tests need, each step for itself.
RequestSet tested(const Model& model) {
  RequestSet set;
  for (const Test& test : model.tests) {
    for (const TestStep& step : test.steps) {
      if (step.expect_granted) set.insert(key_of(step.step.request));
    }
  }
  return set;
}

RequestSet both(const RequestSet& a, const RequestSet& b) {
  RequestSet set;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(set, set.end()));
  return set;
}

bool is_subset(const RequestSet& part, const RequestSet& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

// As few rules as can be: no smaller selection of the edited ones, with all others, still allows
// what is needed.
void is_minimal(const CheckedModel& model, const LeastResult& result, const RequestSet& need) {
  size_t kept = 0;
  std::vector<RuleId> edited;
  for (const PolicyEdit& edit : result.edits) {
    edited.push_back(edit.rule);
    kept += edit.summary.starts_with("remove rule") ? 0 : 1;
  }
  if (edited.size() > 6) return;
  const Evaluator evaluator(model);
  const std::vector<Request> all = all_requests(*model);
  for (uint32_t selection = 0; selection < 1u << edited.size(); ++selection) {
    size_t count = 0;
    for (size_t i = 0; i < edited.size(); ++i) count += selection >> i & 1;
    if (count >= kept) continue;
    const bool enough = std::all_of(all.begin(), all.end(), [&](const Request& request) {
      if (!need.contains(key_of(request))) return true;
      for (const RuleId id : model->rules.ids()) {
        const auto at = std::find(edited.begin(), edited.end(), id);
        const bool stays = at == edited.end() || (selection >> (at - edited.begin()) & 1) != 0;
        if (stays && model->rules[id].kind == RuleKind::Allow && evaluator.matches(id, request)) {
          return true;
        }
      }
      return false;
    });
    RC_ASSERT(!enough);
  }
}

void judge(uint64_t seed, Tally& outcome) {
  PolicyWriter writer(seed);
  const Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  BH_CHECK(folder.has_value());
  std::string text = writer.vocabulary() + writer.rules();
  const LoadedPolicy bare = load(*folder, text);
  if (!bare.model) {  // `self.box` for one who has none
    ++outcome.faulty;
    return;
  }
  text += writer.test(*bare.model);
  LoadedPolicy policy = load(*folder, text);
  RC_ASSERT(policy.model.has_value());

  LeastRequest request;
  request.observed = Observed::Exact;
  request.user_files = 1;
  const Result<LeastResult> result = least_privilege(policy, request, std::nullopt);
  RC_ASSERT(result.has_value());
  const std::string& edited_text = result->texts[0];
  LoadedPolicy edited = load(*folder, edited_text);
  RC_ASSERT(edited.model.has_value());

  RC_LOG() << text << "\n---- edited ----\n" << edited_text;
  const RequestSet before = granted(*policy.model);
  const RequestSet after = granted(*edited.model);
  const RequestSet need = tested(**policy.model);
  RC_ASSERT(is_subset(after, before));
  RC_ASSERT(is_subset(both(need, before), after));
  RC_ASSERT(comments_in(edited_text) == comments_in(text));

  bool exact = true;
  for (const PolicyEdit& edit : result->edits) {
    exact = exact && edit.exact && edit.objection.empty();
    outcome.refused += edit.objection.empty() ? 0 : 1;
  }
  outcome.edited += result->edits.size();
  if (!result->files.empty()) {
    DiagnosticSink unheard;
    const SourceFile file("p.bh", edited_text);
    RC_ASSERT(format(file, FileId(0), unheard) == edited_text);
  }
  std::set<uint32_t> told;
  for (const ComponentEvidence& known : result->evidence) {
    if (known.knowledge == Knowledge::Some) told.insert(known.component.value);
  }
  for (const RequestKey& request_key : before) {
    const bool stays = after.contains(request_key);
    if (!told.contains(std::get<0>(request_key)))
      RC_ASSERT(stays);
    else if (exact)
      RC_ASSERT(stays == need.contains(request_key));
  }
  if (!exact) return;
  ++outcome.exact;
  RequestSet must = both(need, before);
  for (const RequestKey& request_key : before) {
    if (!told.contains(std::get<0>(request_key))) must.insert(request_key);
  }
  if (result->minimal()) is_minimal(*policy.model, *result, must);
  const Result<LeastResult> again = least_privilege(edited, request, std::nullopt);
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->files.empty());
  for (const ExcessRegion& region : again->excess) RC_ASSERT(region.knowledge != Knowledge::Some);
}

TEST(LeastPrivilege, GrantsWhatIsNeededAndNothingElse) {
  Tally outcome;
  size_t cases = 0;
  EXPECT_TRUE(rc::check([&](uint64_t seed) {
    judge(seed, outcome);
    ++cases;
  }));
  std::cout << cases << " policies, " << outcome.edited << " edits, " << outcome.exact
            << " policies edited exactly, " << outcome.refused << " edits refused\n";
  EXPECT_LE(outcome.faulty * 3, cases);
  EXPECT_GE(outcome.exact * 2, cases);
  EXPECT_GT(outcome.edited, cases / 2);
}

// Whatever the bytes of a log are, reading it ends, and nobody is said to have asked what has no
// name.
RC_GTEST_PROP(Log, IsReadWhateverItsBytesAre, (uint64_t seed)) {
  const Result<TemporaryDirectory> folder = TemporaryDirectory::create();
  BH_CHECK(folder.has_value());
  PolicyWriter writer(seed);
  const LoadedPolicy policy = load(*folder, writer.vocabulary());
  BH_CHECK(policy.model.has_value());
  std::string text =
      "granted  A -> S.e.m(a: 1, b: true)                 allowed by r\n"
      "granted  - -> #12ab34cd(a: -, b: -)                -\n"
      "granted  B -> S.e.n(a: 0..)                        allowed by r\n"
      "refused  C -> O.read()                             denied by default\n"
      "{\"audit\":\"granted\",\"seq\":0,\"time\":5,\"epoch\":1,\"subject\":1,\"channel\":0,"
      "\"endpoint\":0,\"method\":0,\"receiver\":2,\"status\":0,\"reason\":\"none\",\"rule\":0,"
      "\"words\":[3,40,0,0,0,0]}\n";
  Random random(seed);
  for (uint64_t n = random.below(6); n > 0; --n) {
    const size_t at = random.below(text.size());
    switch (random.below(3)) {
      case 0:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, random.below(20));
        break;
      default:
        text.insert(at, text.substr(random.below(text.size()), random.below(20)));
    }
  }
  const Result<LogReading> log = read_log(*policy.model, "run.log", text);
  if (!log.has_value()) return;
  for (const Evidence& evidence : log->granted) {
    if (!evidence.operation.valid()) continue;
    RC_ASSERT(evidence.words.size() ==
              (*policy.model)->method_of(evidence.operation).parameters.size());
  }
  RC_ASSERT(log->granted.size() + log->foreign <= log->records);
}

}  // namespace
}  // namespace bh

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "analyzer/checks/accesses.h"
#include "analyzer/checks/checks.h"

namespace bh {
namespace {

// Types whose objects exist to be used by several threads at once (canonical names).
constexpr auto Meeting = std::to_array<std::string_view>({"_Atomic",
                                                          "cnd_t",
                                                          "mtx_t",
                                                          "once_flag",
                                                          "pthread_barrier_t",
                                                          "pthread_cond_t",
                                                          "pthread_mutex_t",
                                                          "pthread_once_t",
                                                          "pthread_rwlock_t",
                                                          "pthread_spinlock_t",
                                                          "sem_t",
                                                          "std::atomic",
                                                          "std::barrier",
                                                          "std::condition_variable",
                                                          "std::counting_semaphore",
                                                          "std::latch",
                                                          "std::mutex",
                                                          "std::once_flag",
                                                          "std::recursive_mutex",
                                                          "std::shared_mutex",
                                                          "std::timed_mutex"});

bool is_one_of(std::string_view name, const auto& list) {
  return std::any_of(list.begin(), list.end(),
                     [&](std::string_view one) { return name.starts_with(one); });
}

class Sharing {
 public:
  explicit Sharing(const std::vector<ComponentView>& views) : views_(views) {
    for (const ComponentView& view : views) {
      accesses_.push_back(accesses(view));
    }
    note_variables();
  }

  void check() {
    for (size_t a = 0; a < views_.size(); ++a)
      for (size_t b = a + 1; b < views_.size(); ++b)
        if (same_memory(views_[a], views_[b])) compare(a, b);
    for (const ComponentView& view : views_)
      for (const CodeShare& share : view.code.shares)
        if (used_.insert(share.span).second)
          view.sink.report(share.span, diag::ShareUnused, share.variable);
  }

 private:
  // Constants, variables that each thread has for itself, and locks are not shared state.
  void note_variables() {
    if (views_.empty()) return;
    for (const GlobalFact& global : views_.front().program.facts().globals) {
      const bool apart = has(global.attributes, "const") || has(global.attributes, "thread");
      if (!apart && !is_one_of(without_qualifiers(global.type), Meeting))
        variables_.insert("global:" + global.name);
    }
  }

  static std::string_view without_qualifiers(std::string_view type) {
    for (const std::string_view word : {"volatile ", "struct ", "union ", "class "})
      if (type.starts_with(word)) type.remove_prefix(word.size());
    return type;
  }

  static bool same_memory(const ComponentView& a, const ComponentView& b) {
    if (a.code.memory && b.code.memory) return a.code.memory->text == b.code.memory->text;
    return starts_thread(a, b) || starts_thread(b, a);
  }

  // Whether code of the one makes a thread of an entry of the other.
  static bool starts_thread(const ComponentView& by, const ComponentView& of) {
    return std::any_of(
        by.reach.started.begin(), by.reach.started.end(), [&](const ReachedCall& call) {
          return std::any_of(of.code.entries.begin(), of.code.entries.end(), [&](const auto& e) {
            return is_called(call.callee, e.function) && !of.program.defined(call.callee).empty();
          });
        });
  }

  void compare(size_t a, size_t b) {
    for (const auto& [slot, mine] : accesses_[a]) {
      const auto theirs = accesses_[b].find(slot);
      if (theirs == accesses_[b].end() || !variables_.contains(slot)) continue;
      if (mine.written)
        share(a, b, slot, *mine.written, theirs->second);
      else if (theirs->second.written)
        share(b, a, slot, *theirs->second.written, mine);
    }
  }

  void share(size_t writer, size_t other, const std::string& slot, const Step& written,
             const Access& touched) {
    const ComponentView& w = views_[writer];
    const ComponentView& o = views_[other];
    const Step touch = touched.written ? *touched.written : *touched.read;
    CommonVariable shared{o.code.component, plain_name(slot.substr(7)), written.at, touch.at, ""};
    for (const size_t i : {writer, other}) {
      for (const CodeShare& share : views_[i].code.shares) {
        if (!is_meant(slot, share.variable)) continue;
        used_.insert(share.span);
        if (shared.because.empty()) shared.because = share.because;
      }
    }
    if (shared.because.empty()) {
      auto report = w.sink.report(w.code.span, diag::SharedState, w.name(), o.name(),
                                  shared.variable, written.at, touch.at);
      report.label(o.code.span, "and this code");
      w.add_path(report, written, shared.variable);
      o.add_path(report, touch, shared.variable);
      report.help(fmt::format("if it is meant: shares {} because \"..\"", shared.variable));
    }
    w.result.shared.push_back(std::move(shared));
  }

  const std::vector<ComponentView>& views_;
  std::vector<std::map<std::string, Access>> accesses_;
  std::set<Span> used_;  // of the shares that speak of something
  std::set<std::string> variables_;
};

}  // namespace

void check_sharing(const std::vector<ComponentView>& views) { Sharing(views).check(); }

}  // namespace bh

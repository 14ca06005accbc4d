#include "analyzer/link_units.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "analyzer/glob.h"
#include "analyzer/program.h"

namespace bh {
namespace {

using Names = std::set<std::string_view>;

std::string_view folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

class Linker {
 public:
  Linker(const Facts& facts, const std::vector<std::string>& sources) {
    for (const UnitFact& unit : facts.units) {
      const bool wanted = std::any_of(sources.begin(), sources.end(), [&](const std::string& glob) {
        return glob_matches(glob, unit.path);
      });
      (wanted ? units_ : left_out_).insert(unit.path);
    }
    for (const FunctionFact& function : facts.functions) {
      if (left_out_.contains(function.at.file)) continue;
      defined_[function.name].insert(function.at.file);
      if (plain_name(function.name) == "main" && units_.contains(function.at.file))
        mains_.insert(function.at.file);
    }
    for (const GlobalFact& global : facts.globals)
      if (!left_out_.contains(global.at.file)) defined_[global.name].insert(global.at.file);
    for (const CallFact& call : facts.calls) needs_[call.at.file].insert(call.callee);
    for (const ReferenceFact& reference : facts.references)
      need(reference.at.file, reference.target);
    for (const StoreFact& store : facts.stores) {
      need(store.at.file, {AtomKind::Slot, store.slot});
      for (const Atom& atom : store.value.alternatives) need(store.at.file, atom);
    }
  }

  std::vector<LinkUnit> run() const {
    std::vector<LinkUnit> found;
    for (std::string_view main : mains_) found.push_back(link(main));
    if (mains_.empty() && !units_.empty())
      found.push_back({"", {units_.begin(), units_.end()}, {}});
    return found;
  }

 private:
  void need(const std::string& file, const Atom& atom) {
    constexpr std::string_view Global = "global:";
    if (atom.kind == AtomKind::Function) needs_[file].insert(atom.text);
    const bool variable = atom.kind == AtomKind::Slot || atom.kind == AtomKind::Address;
    if (variable && atom.text.starts_with(Global))
      needs_[file].insert(std::string_view(*texts_.insert(atom.text).first).substr(Global.size()));
  }

  // The files that may be meant: none when one of them is linked already.
  Names candidates(std::string_view name, const Names& linked, std::string_view main) const {
    const auto at = defined_.find(name);
    if (at == defined_.end()) return {};
    Names found;
    for (std::string_view file : at->second) {
      if (linked.contains(file)) return {};
      if (!mains_.contains(file) || file == main) found.insert(file);
    }
    return found;
  }

  // Takes what is needed and defined once; returns the names that are defined more often.
  Names close(std::vector<std::string_view> open, Names& linked, Names wanted,
              std::string_view main) const {
    while (!open.empty()) {
      const auto needs = needs_.find(open.back());
      open.pop_back();
      if (needs == needs_.end()) continue;
      for (std::string_view name : needs->second) {
        const Names files = candidates(name, linked, main);
        if (files.size() > 1) wanted.insert(name);
        if (files.size() != 1) continue;
        linked.insert(*files.begin());
        open.push_back(*files.begin());
      }
    }
    return wanted;
  }

  LinkUnit link(std::string_view main) const {
    LinkUnit unit{std::string(main), {}, {}};
    Names linked = {main};
    Names wanted = close({main}, linked, {}, main);
    while (!wanted.empty()) {
      const std::string_view name = *wanted.begin();
      wanted.erase(wanted.begin());
      const Names files = candidates(name, linked, main);
      if (files.empty()) continue;
      if (files.size() > 1) unit.ambiguous.emplace_back(name);
      const auto near = std::find_if(files.begin(), files.end(), [&](std::string_view file) {
        return folder_of(file) == folder_of(main);
      });
      const std::string_view file = near == files.end() ? *files.begin() : *near;
      linked.insert(file);
      wanted = close({file}, linked, std::move(wanted), main);
    }
    for (std::string_view file : linked)
      if (units_.contains(file)) unit.files.emplace_back(file);
    return unit;
  }

  Names units_, left_out_, mains_;
  std::set<std::string> texts_;                // of atoms that do not outlive the constructor
  std::map<std::string_view, Names> defined_;  // name -> files
  std::map<std::string_view, Names> needs_;    // file -> names
};

}  // namespace

std::vector<LinkUnit> link_units(const Facts& facts, const std::vector<std::string>& sources) {
  return Linker(facts, sources).run();
}

}  // namespace bh

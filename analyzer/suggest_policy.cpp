#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "analyzer/privileged.h"
#include "analyzer/suggest.h"

namespace bh {
namespace {

constexpr size_t MostMethods = 32;  // of an interface

// A group of privileged functions as the policy names it: object `Files`, interface `FilesCalls`.
struct SystemObject {
  std::string name;
  std::vector<std::string> functions;
};

std::string capitalised(std::string_view word) {
  std::string text(word);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] -= 'a' - 'A';
  return text;
}

// A string of the language holds no quotes; a glob's star stands for any character.
std::string quoted(std::string path) {
  for (char& c : path)
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '*';
  return '"' + path + '"';
}

class PolicyWriter {
 public:
  PolicyWriter(const Advice& advice, const Facts& facts) : advice_(advice), facts_(facts) {}

  std::string run() {
    out_ =
        "policy suggested 0.1\n\n"
        "// What the code does now, as `bulkhead validate --suggest` read it: a start, to be\n"
        "// narrowed. Each program is a component; what it uses of the system are objects that it\n"
        "// may call, and the rest of what needs privileges is forbidden to it.\n\n";
    collect();
    for (const SystemObject& object : objects_) write_object(object);
    out_ += "\n";
    for (const ProgramAdvice& program : advice_.programs) write_program(program);
    write_forbidden_to_all();
    for (const ProgramAdvice& program : advice_.programs) write_code(program);
    return std::move(out_);
  }

 private:
  void collect() {
    std::map<Privilege, std::set<std::string>> used;
    for (const ProgramAdvice& program : advice_.programs)
      for (const PrivilegedUse& use : program.uses) used[use.privilege].insert(use.function);
    for (const auto& [privilege, functions] : used) {
      size_t parts = 0;
      for (const std::string& function : functions) {
        if (parts == 0 || objects_.back().functions.size() == MostMethods) {
          const std::string part = parts == 0 ? "" : std::to_string(parts + 1);
          objects_.push_back({capitalised(print(privilege)) + part, {}});
          ++parts;
        }
        objects_.back().functions.push_back(function);
        object_of_[function] = objects_.back().name;
      }
    }
  }

  void write_object(const SystemObject& object) {
    out_ += fmt::format("interface {}Calls {{\n", object.name);
    for (const std::string& function : object.functions)
      out_ += fmt::format("    call {}()\n", function);
    out_ += fmt::format("}}\nobject {}: {}Calls {{}}\n", object.name, object.name);
  }

  void write_program(const ProgramAdvice& program) {
    out_ += fmt::format("// {}: {}, {} functions, {} lines\n", program.name,
                        program.unit.main.empty() ? "all files" : program.unit.main,
                        functions(program), program.lines);
    out_ += fmt::format("component {} {{}}\n", program.name);
    std::map<std::string, std::vector<std::string>> calls;
    for (const PrivilegedUse& use : program.uses)
      calls[object_of_.at(use.function)].push_back(use.function);
    for (const auto& [object, functions] : calls)
      out_ += fmt::format("allow {}_{}: {} -> {}.{{{}}}\n", program.name, object, program.name,
                          object, fmt::join(functions, ", "));
    out_ += "\n";
  }

  static size_t functions(const ProgramAdvice& program) {
    return static_cast<size_t>(
        std::count_if(program.graph.nodes.begin(), program.graph.nodes.end(),
                      [](const CallNode& node) { return node.function.valid(); }));
  }

  // Files by name, or `folder/*.c` where all units of a folder with that ending belong.
  std::vector<std::string> sources(const ProgramAdvice& program) const {
    const auto pattern_of = [](const std::string& path) {
      const size_t slash = path.rfind('/'), dot = path.rfind('.');
      const std::string folder = slash == path.npos ? "" : path.substr(0, slash + 1);
      return folder + "*" + (dot == path.npos || dot < folder.size() ? "" : path.substr(dot));
    };
    std::map<std::string, std::vector<std::string>> own;
    std::set<std::string> files(program.unit.files.begin(), program.unit.files.end());
    for (const std::string& file : files) own[pattern_of(file)].push_back(file);
    std::vector<std::string> found;
    for (const auto& [pattern, members] : own) {
      const bool whole = members.size() > 1 && members.size() == units_matching(pattern);
      if (whole)
        found.push_back(quoted(pattern));
      else
        for (const std::string& file : members) found.push_back(quoted(file));
    }
    return found;
  }

  // Paths are counted once, however often the file was compiled.
  size_t units_matching(const std::string& pattern) const {
    std::set<std::string_view> paths;
    const size_t star = pattern.find('*');
    const std::string_view before = std::string_view(pattern).substr(0, star);
    const std::string_view after = std::string_view(pattern).substr(star + 1);
    for (const UnitFact& unit : facts_.units) {
      const std::string_view path = unit.path;
      const bool fits = path.size() >= before.size() + after.size() && path.starts_with(before) &&
                        path.ends_with(after) && path.find('/', before.size()) == path.npos;
      if (fits) paths.insert(path);
    }
    return paths.size();
  }

  void write_code(const ProgramAdvice& program) {
    out_ += fmt::format("code {} {{\n    sources {}\n", program.name,
                        fmt::join(sources(program), ", "));
    std::vector<std::string> entries;
    for (const std::string& entry : program.entries) entries.push_back(name(entry));
    out_ += fmt::format("    entry {}\n", fmt::join(entries, ", "));
    for (const PrivilegedUse& use : program.uses)
      out_ += fmt::format("    uses {}.{} <- {}  // {} in {}{}\n", object_of_.at(use.function),
                          use.function, use.function, bh::print(use.at), use.caller,
                          use.callers > 1 ? fmt::format(", {} more", use.callers - 1) : "");
    const std::set<std::string_view> own = spared(program);
    write_forbidden([&](std::string_view function) {
      return needed_.contains(function) && !own.contains(function);
    });
    write_accepted(program);
    out_ += "}\n\n";
  }

  static std::set<std::string_view> spared(const ProgramAdvice& program) {
    std::set<std::string_view> names(program.defines.begin(), program.defines.end());
    for (const PrivilegedUse& use : program.uses) names.insert(use.function);
    return names;
  }

  // What no program needs is forbidden to all at once, the rest to each.
  void write_forbidden_to_all() {
    std::set<std::string_view> needed;
    std::vector<std::string_view> names;
    for (const ProgramAdvice& program : advice_.programs) {
      needed.merge(spared(program));
      names.push_back(program.name);
    }
    out_ += fmt::format("code {} {{\n", fmt::join(names, ", "));
    write_forbidden([&](std::string_view function) { return !needed.contains(function); });
    out_ += "}\n\n";
    needed_ = std::move(needed);
  }

  template <class Test>
  void write_forbidden(Test is_forbidden) {
    for (Privilege privilege : all_privileges()) {
      std::vector<std::string> unused;
      for (std::string_view function : functions_with(privilege))
        if (is_forbidden(function)) unused.push_back(name(std::string(function)));
      if (!unused.empty()) out_ += fmt::format("    forbids {{ {} }}\n", fmt::join(unused, ", "));
    }
  }

  // What was not followed has to be accepted by name, or the answer would be undecided.
  void write_accepted(const ProgramAdvice& program) {
    std::map<std::string, std::string> spots;
    for (const BlindSpot& spot : program.blind) {
      const std::string what = spot.function.empty() ? quoted(spot.at.file) : name(spot.function);
      const std::string why =
          fmt::format("{} at {} was not followed; to be looked at",
                      spot.function.empty() ? "it" : spot.why, bh::print(spot.at));
      spots.emplace(what, quoted(why));
    }
    for (const auto& [what, why] : spots)
      out_ += fmt::format("    accept {} because {}\n", what, why);
  }

  // A function as the language writes it: plain words as they are, all others as strings.
  static std::string name(const std::string& function) {
    const bool plain = std::all_of(function.begin(), function.end(), [](unsigned char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    const bool starts = !function.empty() && !(function[0] >= '0' && function[0] <= '9');
    return plain && starts ? function : quoted(function);
  }

  const Advice& advice_;
  const Facts& facts_;
  std::vector<SystemObject> objects_;
  std::map<std::string, std::string> object_of_;  // by function
  std::set<std::string_view> needed_;             // by any program
  std::string out_;
};

}  // namespace

std::string first_policy(const Advice& advice, const Facts& facts) {
  return PolicyWriter(advice, facts).run();
}

}  // namespace bh

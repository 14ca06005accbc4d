#include "lang/imports.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "core/base/nearest.h"
#include "lang/parser.h"
#include "lang/reporter.h"
#include "lang/standard.h"

namespace bh {

namespace {

constexpr std::string_view StandardPrefix = "std.";
constexpr size_t None = SIZE_MAX;

const StandardModule* standard_module(std::string_view name) {
  const std::vector<StandardModule>& all = standard_modules();
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.name == name; });
  return at == all.end() ? nullptr : &*at;
}

std::string path_of(std::string_view module, const std::string& importer) {
  std::string relative(module);
  std::replace(relative.begin(), relative.end(), '.', '/');
  if (module.starts_with(StandardPrefix)) return relative + ".bh";
  return (std::filesystem::path(importer).parent_path() / (relative + ".bh"))
      .lexically_normal()
      .string();
}

class Imports {
 public:
  Imports(SourceMap& sources, const ReadModule& read, DiagnosticSink& sink)
      : sources_(sources), read_(read), sink_(sink), reporter_(sink) {}

  void add(FileId file, std::string_view imported_as = {}, Span imported_at = {}) {
    known_.emplace(std::filesystem::path(sources_[file].path()).lexically_normal().string(),
                   files_.size());
    files_.push_back({file, imported_as, imported_at, {}});
  }

  Ast run() {
    Ast all;
    for (size_t i = 0; i < files_.size(); ++i) {
      Ast one = parse(sources_[files_[i].id], files_[i].id, sink_);
      if (one.readable) header(i, one);
      for (const ast::ImportDecl& import : one.imports) {
        if (!import.broken) follow(i, import.name);
      }
      append(all, std::move(one));
      if (i + 1 == files_.size() && !lively_ && all.mentions_life && !declares_life(all)) {
        lively_ = true;
        load_standard(*standard_module("std.life"), {});
      }
    }
    std::vector<Progress> progress(files_.size(), Progress::Untouched);
    for (size_t i = 0; i < files_.size(); ++i) {
      if (cycle_from(i, progress)) break;
    }
    return all;
  }

 private:
  enum class Progress : uint8_t { Untouched, Started, Done };
  struct Edge {
    size_t to;
    ast::Name name;
  };
  struct File {
    FileId id;
    std::string_view imported_as;
    Span imported_at;
    std::vector<Edge> imports;
  };

  static bool declares_life(const Ast& ast) {
    return std::any_of(ast.interfaces.begin(), ast.interfaces.end(),
                       [](const ast::InterfaceDecl& d) { return d.name.text == "Life"; });
  }

  // What the file says that it is, against what it was imported as.
  void header(size_t at, const Ast& one) {
    if (one.modules.size() > 1) {
      reporter_.report(one.modules[1].span, diag::DuplicateName, "module")
          .label(one.modules[0].span, "the module statement");
    }
    const File& file = files_[at];
    if (file.imported_as.empty()) return;
    std::string is;
    if (!one.policies.empty()) {
      is = "a policy of its own";
    } else if (one.modules.empty()) {
      is = "no module";
    } else if (one.modules[0].name.text != file.imported_as && !one.modules[0].broken) {
      is = fmt::format("module '{}'", one.modules[0].name.text);
    } else {
      return;
    }
    reporter_.report(file.imported_at, diag::ModuleMismatch, file.imported_as, is)
        .label({file.id, 0, 0}, "this file")
        .help(fmt::format("its first statement should be: module {}", file.imported_as));
  }

  size_t load_standard(const StandardModule& module, const ast::Name& name) {
    const FileId id = sources_.add(path_of(module.name, {}), std::string(module.text));
    add(id, module.name, name.span);
    return files_.size() - 1;
  }

  size_t load(const std::string& path, const ast::Name& name) {
    if (name.text.starts_with(StandardPrefix)) {
      if (const StandardModule* module = standard_module(name.text))
        return load_standard(*module, name);
      auto report = reporter_.report(name.span, diag::UnknownModule, name.text);
      std::vector<std::string_view> names;
      for (const StandardModule& module : standard_modules()) names.push_back(module.name);
      if (const auto near = nearest(name.text, names); !near.empty()) {
        report.fix({fmt::format("write '{}'", near), name.span, std::string(near)});
      } else {
        report.help(fmt::format("the standard library has: {}", fmt::join(names, ", ")));
      }
      return None;
    }
    std::optional<std::string> text = read_ ? read_(path) : std::nullopt;
    if (!text) {
      reporter_.report(name.span, diag::UnknownModule, name.text)
          .help(fmt::format("it would be the file '{}'", path));
      return None;
    }
    add(sources_.add(path, std::move(*text)), name.text, name.span);
    return files_.size() - 1;
  }

  void follow(size_t from, const ast::Name& name) {
    const std::string path = path_of(name.text, sources_[files_[from].id].path());
    const auto at = known_.find(path);
    const size_t to = at != known_.end() ? at->second : load(path, name);
    if (to == None) return;
    files_[from].imports.push_back({to, name});
  }

  // Depth first with an own stack; reports the import that closes a circle.
  bool cycle_from(size_t root, std::vector<Progress>& progress) {
    if (progress[root] != Progress::Untouched) return false;
    std::vector<std::pair<size_t, size_t>> stack = {{root, 0}};
    progress[root] = Progress::Started;
    while (!stack.empty()) {
      auto& [file, next] = stack.back();
      if (next == files_[file].imports.size()) {
        progress[file] = Progress::Done;
        stack.pop_back();
        continue;
      }
      const Edge& edge = files_[file].imports[next++];
      if (progress[edge.to] == Progress::Started) {
        auto report = reporter_.report(edge.name.span, diag::ImportCycle, edge.name.text);
        bool within = false;
        for (const auto& [on_stack, used] : stack) {
          within = within || on_stack == edge.to;
          if (!within || on_stack == file) continue;
          const Edge& step = files_[on_stack].imports[used - 1];
          report.label(step.name.span, fmt::format("which imports '{}'", step.name.text));
        }
        report.help("move what both need into a module of its own");
        return true;
      }
      if (progress[edge.to] != Progress::Untouched) continue;
      progress[edge.to] = Progress::Started;
      stack.emplace_back(edge.to, 0);
    }
    return false;
  }

  SourceMap& sources_;
  const ReadModule& read_;
  DiagnosticSink& sink_;
  Reporter reporter_;
  std::vector<File> files_;
  std::unordered_map<std::string, size_t> known_;  // by path: place in files_
  bool lively_ = false;
};

}  // namespace

Ast read_policy(SourceMap& sources, const std::vector<FileId>& files, const ReadModule& read,
                DiagnosticSink& sink) {
  Imports imports(sources, read, sink);
  for (const FileId file : files) imports.add(file);
  return imports.run();
}

}  // namespace bh

#include "analyzer/ninja_graph.h"

#include <fmt/format.h>

#include <filesystem>

#include "analyzer/launch.h"

namespace bh {
namespace {

std::string ninja_path(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c == ' ' || c == ':' || c == '$') out += '$';
    out += c;
  }
  return out;
}

std::string ninja_text(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '$' ? "$$" : std::string(1, c);
  return out;
}

std::string make_path(const std::string& path) {
  std::string out;
  for (char c : path) {
    if (c == ' ' || c == '#' || c == '\\') out += '\\';
    if (c == '$') out += '$';
    out += c;
  }
  return out;
}

std::string rules(const ExtractOptions& options, const std::string& file) {
  std::string unit = ninja_text(shell_line(unit_command(options, "UNIT")));
  unit.replace(unit.rfind("UNIT"), 4, "$unit");
  std::vector<std::string> again = run_command(options);
  again.insert(again.end(), {"--ninja", file});
  std::string launcher =
      options.launcher.empty() ? "" : ninja_text(shell_line(options.launcher)) + " ";
  return fmt::format(
      "rule unit\n  command = {}{} --dependencies $out.d || test $$? = 3\n"
      "  depfile = $out.d\n  deps = gcc\n  restat = 1\n  description = facts of $source\n"
      "rule index\n  command = {}\n  description = index of the facts\n"
      "rule graph\n  command = {}\n  generator = 1\n  description = graph of the facts\n",
      launcher, unit, ninja_text(shell_line(run_command(options))), ninja_text(shell_line(again)));
}

}  // namespace

Result<std::string> ninja_graph(const ExtractOptions& options, const std::vector<Unit>& units,
                                const std::string& file) {
  auto absolute = [](const std::string& path) {
    std::error_code error;
    return std::filesystem::absolute(path, error).lexically_normal();
  };
  std::filesystem::path folder = absolute(options.output), database = absolute(options.database);
  std::error_code error;
  if (std::filesystem::is_directory(database, error)) database /= "compile_commands.json";
  std::string graph = "# Written by bulkhead-extract --ninja.\nninja_required_version = 1.7\n";
  graph += "builddir = " + ninja_path((folder / "ninja").string()) + "\n";
  graph += rules(options, absolute(file).string());
  graph += fmt::format("build {}: graph {}\n", ninja_path(absolute(file).string()),
                       ninja_path(database.string()));
  std::string all;
  for (const Unit& unit : units) {
    std::string output = ninja_path((folder / (unit.command + ".inputs")).string());
    if (unit.path.find('\n') != std::string::npos)
      return fail(fmt::format("ninja cannot name '{}'", escape_line(unit.path)));
    graph += fmt::format("build {}: unit\n  unit = {}\n  source = {}\n", output, unit.command,
                         ninja_text(unit.path));
    all += " $\n  " + output;
  }
  std::string index = ninja_path((folder / "index").string());
  graph += fmt::format("build {}: index{} $\n  | always\nbuild always: phony\ndefault {}\n", index,
                       all, index);
  if (shell_line(run_command(options)).find('\n') != std::string::npos)
    return fail("ninja cannot name a folder with a line break");
  return graph;
}

std::string depfile(std::string_view target, const std::string& root, const ShardInputs& inputs) {
  std::string list = make_path(std::string(target)) + ":";
  for (const auto& [state, path] : inputs.files) {
    std::string file = absolute_path(root, unescape_line(path));
    bool nameable = file.find('\n') == std::string::npos;
    if (state != "missing" && nameable) list += " \\\n  " + make_path(file);
  }
  return list + "\n";
}

}  // namespace bh

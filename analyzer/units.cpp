#include "analyzer/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "analyzer/compile_db.h"
#include "analyzer/shards.h"

namespace bh {
namespace {

constexpr size_t MostParts = 1000000;

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Says the same wherever the root lies.
std::string command_hash(const std::string& version, const ExtractJob& job) {
  std::string text = version + '\0' + job.resource_dir + '\0' + job.directory + '\0' + job.file;
  for (const std::string& argument : job.arguments) (text += '\0') += argument;
  return content_hash(replace_all(std::move(text), job.root, "."));
}

bool read_count(std::string_view text, size_t& count) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size();
}

// The nearest folder from the database's own upwards that holds every file; its own when only "/"
// does.
std::string common_folder(const std::string& base, const std::vector<CompileCommand>& commands) {
  for (std::filesystem::path at = base; at.has_relative_path(); at = at.parent_path()) {
    const std::string inside = at.string() + "/";
    if (std::all_of(commands.begin(), commands.end(), [&](const CompileCommand& command) {
          return command.file.starts_with(inside);
        }))
      return at.string();
  }
  return base;
}

}  // namespace

std::string relative_path(const std::string& root, const std::string& path) {
  return path.starts_with(root + "/") ? path.substr(root.size() + 1) : path;
}

std::string absolute_path(const std::string& root, const std::string& path) {
  return path.starts_with("/") ? path : root + "/" + path;
}

Result<std::vector<Unit>> list_units(const std::string& database, const std::string& root,
                                     const std::string& resource_dir) {
  std::filesystem::path path = database;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) path /= "compile_commands.json";
  path = std::filesystem::absolute(path, error).lexically_normal();
  Result<std::string> text = read_file(path.string());
  if (!text)
    return fail(text.error().message,
                "make one with: cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, or: bear -- make");
  std::string base = path.parent_path().string();
  Result<CompileDatabase> commands = read_compile_database(*text, base);
  if (!commands)
    return fail(fmt::format("'{}' is no compilation database: {}", path.string(),
                            commands.error().message));
  if (commands->commands.empty())
    return fail(fmt::format("'{}' is empty: nothing to check", path.string()));
  std::string top = root.empty() ? common_folder(base, commands->commands)
                                 : std::filesystem::absolute(root, error).string();
  top = (std::filesystem::path(top) / "").lexically_normal().parent_path().string();
  std::string version = extractor_version();
  std::vector<Unit> units;
  for (CompileCommand& command : commands->commands) {
    Unit& unit = units.emplace_back();
    unit.job = {command.directory, command.file, std::move(command.arguments), top, resource_dir};
    unit.path = relative_path(top, command.file);
    unit.command = command_hash(version, unit.job);
  }
  return units;
}

Result<UnitPart> read_part(std::string_view text) {
  UnitPart part;
  size_t slash = text.find('/');
  bool read = slash != std::string_view::npos && read_count(text.substr(0, slash), part.number) &&
              read_count(text.substr(slash + 1), part.of);
  if (!read || part.number < 1 || part.number > part.of || part.of > MostParts)
    return fail(fmt::format("'{}' is no part: the second of eight is 2/8", text));
  return part;
}

Result<std::vector<Unit>> select_units(std::vector<Unit> units, const UnitPart& part) {
  std::vector<Unit> selected;
  for (size_t i = 0; i < units.size(); ++i) {
    bool wanted =
        part.command.empty() ? i % part.of == part.number - 1 : units[i].command == part.command;
    if (wanted) selected.push_back(std::move(units[i]));
  }
  if (selected.empty() && !part.command.empty())
    return fail(fmt::format("the compilation database has no unit {}", part.command),
                "it changed since the unit was listed: write the build graph again");
  return selected;
}

}  // namespace bh

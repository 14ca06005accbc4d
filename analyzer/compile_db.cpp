#include "analyzer/compile_db.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

namespace bh {
namespace {

constexpr int MostDepth = 16;  // tools add keys of their own, none of them so deep

std::string absolute(const std::string& path, const std::string& base) {
  std::filesystem::path joined = std::filesystem::path(base) / path;
  std::string text = joined.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

bool is_text(const nlohmann::json& entry, const char* key) {
  return entry.contains(key) && entry[key].is_string();
}

bool read_arguments(const nlohmann::json& entry, std::vector<std::string>& arguments) {
  if (is_text(entry, "command")) {
    arguments = split_command(entry["command"].get<std::string>());
  } else if (entry.contains("arguments") && entry["arguments"].is_array()) {
    for (const nlohmann::json& argument : entry["arguments"]) {
      if (!argument.is_string()) return false;
      arguments.push_back(argument.get<std::string>());
    }
  }
  return !arguments.empty();
}

// What is left when flags that change no syntax tree are taken out; libtool compiles files twice,
// with and without -fPIC.
std::string identity(const CompileCommand& command) {
  static constexpr std::array<std::string_view, 8> Flags = {"-fPIC", "-fpic", "-fPIE", "-fpie",
                                                            "-g",    "-pipe", "-c",    "-fno-PIE"};
  std::string text = command.directory + '\0' + command.file;
  for (size_t i = 0; i < command.arguments.size(); ++i) {
    std::string_view flag = command.arguments[i];
    if (flag == "-o" || flag == "-MF" || flag == "-MT" || flag == "-MQ") {
      ++i;
      continue;
    }
    bool neutral = flag == "-DPIC" || flag == "-MD" || flag == "-MMD" || flag == "-MP";
    for (std::string_view known : Flags) neutral |= flag == known;
    if (!neutral) (text += '\0') += flag;
  }
  return text;
}

}  // namespace

std::vector<std::string> split_command(std::string_view command) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < command.size(); ++i) {
    char c = command[i];
    bool blank = quote == 0 && (c == ' ' || c == '\t' || c == '\n');
    if (blank) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      words.back() += command[++i];
    } else {
      words.back() += c;
    }
  }
  return words;
}

Result<CompileDatabase> read_compile_database(std::string_view json, const std::string& base) {
  bool deep = false;
  auto shallow = [&deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    deep |= depth > MostDepth;
    return !deep;
  };
  nlohmann::json root = nlohmann::json::parse(json, shallow, /*allow_exceptions=*/false);
  if (deep) return fail(fmt::format("it is nested more than {} deep", MostDepth));
  if (root.is_discarded() || !root.is_array())
    return fail("a JSON array of commands in UTF-8 was expected");
  CompileDatabase database;
  std::set<std::string> seen;
  size_t number = 0;
  for (const nlohmann::json& entry : root) {
    ++number;
    CompileCommand command;
    bool complete = entry.is_object() && is_text(entry, "directory") && is_text(entry, "file") &&
                    read_arguments(entry, command.arguments);
    if (!complete)
      return fail(
          fmt::format("entry {} lacks 'directory', 'file' or 'arguments'/'command'", number));
    command.directory = absolute(entry["directory"].get<std::string>(), base);
    command.file = absolute(entry["file"].get<std::string>(), command.directory);
    if (seen.insert(identity(command)).second)
      database.commands.push_back(std::move(command));
    else
      ++database.merged;
  }
  return database;
}

}  // namespace bh

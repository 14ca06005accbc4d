// Runs bulkhead-extract the way a user does.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace bh::test {

namespace fs = std::filesystem;

inline std::string read_all(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// An empty folder of this test's own.
inline fs::path scratch(const std::string& name) {
  fs::path folder = fs::path(BH_BINARY_DIR) / "validate" / name;
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

// The names in a folder that end so, sorted.
inline std::set<std::string> names(const fs::path& folder, const std::string& ending = "") {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().ends_with(ending))
      found.insert(entry.path().filename().string());
  return found;
}

// What a folder of facts holds: the index, all shards, all lists of inputs.
inline std::map<std::string, std::string> bytes(const fs::path& facts) {
  std::map<std::string, std::string> found;
  for (const std::string& name : names(facts))
    if (name == "index" || name.ends_with(".facts") || name.ends_with(".inputs"))
      found[name] = read_all(facts / name);
  return found;
}

inline std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? "\\n" : std::string(1, c);
  }
  return out + "\"";
}

// A compilation database for every source in the folder.
inline void write_database(const fs::path& sources, const fs::path& to,
                           const std::string& flags = "") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(sources))
    if (entry.path().extension() == ".c" || entry.path().extension() == ".cpp")
      files.push_back(entry);
  std::sort(files.begin(), files.end());
  std::ofstream out(to / "compile_commands.json");
  out << "[";
  for (size_t i = 0; i < files.size(); ++i) {
    bool cpp = files[i].extension() == ".cpp";
    std::string name = json_text(files[i].filename().string());
    std::istringstream words((cpp ? "c++ -std=c++20 " : "cc ") + flags + " -c");
    out << (i > 0 ? "," : "") << "{\"directory\": " << json_text(sources.string())
        << ", \"file\": " << name << ", \"arguments\": [";
    for (std::string word; words >> word;) out << json_text(word) << ", ";
    out << name << "]}";
  }
  out << "]";
}

struct Outcome {
  int code;
  std::string errors;  // its stderr
};

// `before`: shell commands in front of it.
inline Outcome extract(const std::string& arguments, const fs::path& scratch_folder,
                       const std::string& before = "") {
  fs::path log = scratch_folder / "stderr.txt";
  std::string command =
      before + BH_BINARY_DIR + "/bulkhead-extract " + arguments + " 2>'" + log.string() + "'";
  int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(log)};
}

}  // namespace bh::test

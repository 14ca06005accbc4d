// Runs bulkhead-extract the way a user does.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

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

// A compilation database for every source in the folder.
inline void write_database(const fs::path& sources, const fs::path& to) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(sources))
    if (entry.path().extension() == ".c" || entry.path().extension() == ".cpp")
      files.push_back(entry);
  std::sort(files.begin(), files.end());
  std::ofstream out(to / "compile_commands.json");
  out << "[";
  for (size_t i = 0; i < files.size(); ++i) {
    bool cpp = files[i].extension() == ".cpp";
    out << (i > 0 ? "," : "") << "{\"directory\": " << sources
        << ", \"file\": " << files[i].filename() << ", \"command\": \""
        << (cpp ? "c++ -std=c++20" : "cc") << " -c " << files[i].filename().string() << "\"}";
  }
  out << "]";
}

struct Outcome {
  int code;
  std::string errors;  // its stderr
};

inline Outcome extract(const std::string& arguments, const fs::path& scratch_folder) {
  fs::path log = scratch_folder / "stderr.txt";
  std::string command =
      std::string(BH_BINARY_DIR) + "/bulkhead-extract " + arguments + " 2>" + log.string();
  int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(log)};
}

}  // namespace bh::test

#include "analyzer/launch.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

namespace bh {
namespace {

std::string absolute(const std::string& path) {
  std::error_code error;
  return std::filesystem::absolute(path, error).lexically_normal().string();
}

std::string shell_word(const std::string& word) {
  static constexpr std::string_view Plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(Plain) == std::string::npos) return word;
  std::string out = "'";
  for (char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::vector<std::string> common_command(const ExtractOptions& options) {
  std::vector<std::string> command = {options.program, "-p", absolute(options.database), "-o",
                                      absolute(options.output)};
  if (!options.root.empty()) command.insert(command.end(), {"--root", absolute(options.root)});
  command.insert(command.end(), {"--resource-dir", absolute(options.resource_dir), "--timeout",
                                 std::to_string(options.limits.seconds), "--memory",
                                 std::to_string(options.limits.megabytes)});
  return command;
}

}  // namespace

std::vector<std::string> unit_command(const ExtractOptions& options, const std::string& unit) {
  std::vector<std::string> command = common_command(options);
  command.insert(command.end(), {"--unit", unit});
  return command;
}

std::vector<std::string> run_command(const ExtractOptions& options) {
  std::vector<std::string> command = common_command(options);
  command.insert(command.end(), {"--jobs", std::to_string(options.limits.processes)});
  if (!options.launcher.empty())
    command.insert(command.end(), {"--launcher", shell_line(options.launcher)});
  return command;
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

std::string launch(const std::vector<std::string>& launcher,
                   const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const auto* part : {&launcher, &command})
    for (const std::string& word : *part) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t process = ::fork();
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  int status = 0;
  if (process < 0) return fmt::format("'{}' could not be started", launcher[0]);
  while (::waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return fmt::format("'{}' was lost: {}", launcher[0], std::strerror(errno));
  if (WIFSIGNALED(status))
    return fmt::format("'{}' was killed by signal {}", launcher[0], WTERMSIG(status));
  int code = WEXITSTATUS(status);
  if (code == 0 || code == 3) return "";
  return fmt::format("'{}' ended with status {}", launcher[0], code);
}

}  // namespace bh

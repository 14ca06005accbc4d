// How long a process takes from spawn to exit: `bulkhead --version` beside /bin/true, interleaved.
// Prints one JSON object.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <vector>

extern char** environ;

static double milliseconds_of(std::vector<std::string> command) {
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  int status = 1;
  if (posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0) {
    waitpid(child, &status, 0);
  }
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) {
    fmt::print(stderr, "bench_startup: '{}' failed\n", command[0]);
    std::exit(2);
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench_startup PATH-OF-BULKHEAD\n");
    return 2;
  }
  std::vector<double> ours;
  std::vector<double> nothing;
  for (int round = 0; round < 50; ++round) {
    ours.push_back(milliseconds_of({argv[1], "--version"}));
    nothing.push_back(milliseconds_of({"/bin/true"}));
  }
  fmt::print("{{\"bench\": \"startup\", \"runs\": 50, \"bulkhead_ms\": {:.2f}, \"true_ms\": {:.2f}}}\n",
             median(ours), median(nothing));
}

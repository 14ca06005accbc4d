#include "driver/pipeline/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace bh {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

fs::path find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return access(std::string(name).c_str(), X_OK) == 0 ? fs::path(name) : fs::path();
  }
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, colon)) / name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return {};
}

namespace {

struct Pipe {
  int read = -1;
  int write = -1;
  bool open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
  void close_write() {
    if (write >= 0) ::close(write);
    write = -1;
  }
  ~Pipe() {
    if (read >= 0) ::close(read);
    close_write();
  }
};

// While it lives, SIGINT and SIGTERM can be read from a file descriptor instead of ending us.
class Interrupts {
 public:
  explicit Interrupts(bool wanted) {
    if (!wanted) return;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, &before_) != 0) return;
    descriptor_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  ~Interrupts() {
    if (descriptor_ < 0) return;
    signalfd_siginfo taken{};
    while (read(descriptor_, &taken, sizeof taken) > 0) {
    }
    close(descriptor_);
    restore();
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  int descriptor() const { return descriptor_; }
  // For the child as well.
  void restore() const {
    if (descriptor_ >= 0) sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  int descriptor_ = -1;
  sigset_t before_{};
};

[[noreturn]] void exec_child(const std::vector<std::string>& command, const fs::path& program,
                             const ProcessOptions& options, const Pipe& out, const Pipe& err) {
  if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) _exit(127);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(out.write, STDOUT_FILENO);
  if (!options.inherit_stderr) dup2(err.write, STDERR_FILENO);
  setpgid(0, 0);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execv(program.c_str(), arguments.data());
  _exit(127);
}

// Hands over each whole line that `text` holds from `from` on; returns where the rest starts.
size_t deliver_lines(std::string_view text, size_t from, const ProcessOptions& options, bool last) {
  if (!options.on_line) return text.size();
  for (size_t end = text.find('\n', from); end != std::string_view::npos; end = text.find('\n', from)) {
    std::string_view line = text.substr(from, end - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    options.on_line(line);
    from = end + 1;
  }
  if (last && from < text.size()) {
    options.on_line(text.substr(from));
    from = text.size();
  }
  return from;
}

int milliseconds_left(const ProcessOptions& options, Clock::time_point start) {
  if (options.limit.count() == 0) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(start + options.limit - Clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

// Reads both pipes until the child closes them. False when it was cut off (time, size or interrupt).
bool collect(Pipe& out, Pipe& err, const Interrupts& interrupts, const ProcessOptions& options,
             ProcessResult& result) {
  const Clock::time_point start = Clock::now();
  std::array<pollfd, 3> fds{
      {{out.read, POLLIN, 0}, {err.read, POLLIN, 0}, {interrupts.descriptor(), POLLIN, 0}}};
  std::array<std::string*, 2> texts{&result.output, &result.errors};
  std::array<char, 65536> chunk;
  size_t delivered = 0;
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const int ready = poll(fds.data(), fds.size(), milliseconds_left(options, start));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      result.timed_out = true;
      return false;
    }
    if (fds[2].fd >= 0 && fds[2].revents != 0) {
      result.interrupted = true;
      return false;
    }
    for (size_t i = 0; i < texts.size(); ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      const ssize_t got = read(fds[i].fd, chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        fds[i].fd = -1;
        continue;
      }
      texts[i]->append(chunk.data(), static_cast<size_t>(got));
      if (texts[i]->size() > options.output_limit) return false;
    }
    delivered = deliver_lines(result.output, delivered, options, false);
  }
  deliver_lines(result.output, delivered, options, true);
  return true;
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& command, const ProcessOptions& options) {
  const fs::path program = find_program(command.at(0));
  if (program.empty()) return fail(fmt::format("'{}' is not installed", command[0]));
  Pipe out;
  Pipe err;
  if (!out.open() || !err.open()) return fail(fmt::format("cannot create a pipe: {}", std::strerror(errno)));
  const Interrupts interrupts(options.stop_on_interrupt);
  const pid_t child = fork();
  if (child < 0) return fail(fmt::format("cannot start '{}': {}", command[0], std::strerror(errno)));
  if (child == 0) interrupts.restore();
  if (child == 0) exec_child(command, program, options, out, err);
  out.close_write();
  err.close_write();

  ProcessResult result;
  const bool whole = collect(out, err, interrupts, options, result);
  if (!whole) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!whole && !result.timed_out && !result.interrupted) {
    return fail(fmt::format("'{}' printed more than {} MiB", command[0], options.output_limit >> 20));
  }
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace bh

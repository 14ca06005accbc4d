#include "targets/selinux/isolated.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bh {
namespace {

constexpr bool AddressSanitizer =
#if defined(__SANITIZE_ADDRESS__)
    true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

void limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  (void)setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

[[noreturn]] void child(int answer, const std::function<std::string()>& work,
                        const IsolationLimits& limits) {
  for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL}) ::signal(signal, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) {  // a dying child's last words belong to nobody
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
  }
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.cpu_seconds);
  if (!AddressSanitizer) limit(RLIMIT_AS, limits.memory_bytes);
  const std::string text = work();
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = write(answer, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    written += static_cast<size_t>(n);
  }
  _exit(0);
}

// Reads to the end; false when there is more than `most`.
bool read_all(int from, size_t most, std::string& text) {
  char buffer[65536];
  while (true) {
    const ssize_t n = read(from, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0;
    if (text.size() + static_cast<size_t>(n) > most) return false;
    text.append(buffer, static_cast<size_t>(n));
  }
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::string> run_isolated(const std::function<std::string()>& work,
                                 const IsolationLimits& limits) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return fail(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t pid = fork();
  if (pid < 0) {
    const int why = errno;
    close(ends[0]);
    close(ends[1]);
    return fail(fmt::format("cannot start a process: {}", std::strerror(why)));
  }
  if (pid == 0) {
    close(ends[0]);
    child(ends[1], work, limits);
  }
  close(ends[1]);
  std::string text;
  const bool complete = read_all(ends[0], limits.answer_bytes, text);
  close(ends[0]);
  if (!complete) kill(pid, SIGKILL);
  const int status = wait_for(pid);
  if (!complete) return fail("its reader answered more than it may");
  if (WIFSIGNALED(status))
    return fail(fmt::format("its reader was stopped by signal {}", WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0)
    return fail(fmt::format("its reader ended with {}", WEXITSTATUS(status)));
  return text;
}

}  // namespace bh

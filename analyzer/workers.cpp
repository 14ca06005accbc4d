#include "analyzer/workers.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace bh {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t LongestAnswer = uint64_t{1} << 20;
constexpr int NothingInCommon = 99;  // exit status of a HalfWay

struct Worker {
  pid_t process = -1;
  int socket = -1;
  size_t job = 0;
  Clock::time_point deadline;
};

bool write_all(int to, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    ssize_t n = ::send(to, at, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool read_all(int from, void* data, size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    ssize_t n = ::recv(from, at, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool send_answer(int socket, const std::string& answer) {
  uint64_t size = answer.size();
  return write_all(socket, &size, sizeof size) && write_all(socket, answer.data(), size);
}

std::optional<std::string> receive_answer(int socket) {
  uint64_t size = 0;
  if (!read_all(socket, &size, sizeof size) || size >= LongestAnswer) return std::nullopt;
  std::string answer(size, '\0');
  if (!read_all(socket, answer.data(), size)) return std::nullopt;
  return answer;
}

[[noreturn]] void serve(int socket, const WorkerLimits& limits, const WorkerJob& job,
                        const std::function<void()>& end) {
  rlimit core{0, 0};
  ::setrlimit(RLIMIT_CORE, &core);
  if (limits.megabytes > 0) {
    rlim_t bytes = static_cast<rlim_t>(limits.megabytes) << 20;
    rlimit memory{bytes, bytes};
    ::setrlimit(RLIMIT_AS, &memory);
  }
  uint64_t index = 0;
  while (read_all(socket, &index, sizeof index)) {
    if (!send_answer(socket, job(index))) break;
  }
  if (end) end();
  std::fflush(nullptr);
  ::_exit(0);
}

// ---- a process that is copied
// --------------------------------------------------------------------

// Ends this process as another one ended.
[[noreturn]] void end_like(int status) {
  if (WIFSIGNALED(status)) {
    ::signal(WTERMSIG(status), SIG_DFL);
    ::kill(::getpid(), WTERMSIG(status));
  }
  ::_exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
}

void die_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Returns in copies only.
size_t copy_for_each_job(int socket) {
  uint64_t index = 0;
  while (read_all(socket, &index, sizeof index)) {
    const pid_t original = ::getpid();
    pid_t copy = ::fork();
    if (copy == 0) {
      die_with_parent(original);
      return index;
    }
    if (copy < 0) ::_exit(1);
    int status = wait_for(copy);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) end_like(status);
  }
  ::_exit(0);
}

// ---- many processes
// ------------------------------------------------------------------------------

class Pool {
 public:
  Pool(size_t jobs, const WorkerLimits& limits, const WorkerJob& job, const WorkerDone& done,
       const std::function<void()>& end)
      : jobs_(jobs), limits_(limits), job_(job), done_(done), end_(end) {}

  void run() {
    while (next_ < jobs_ || !workers_.empty()) {
      while (next_ < jobs_ && workers_.size() < std::max(1u, limits_.processes)) start();
      wait();
    }
  }

 private:
  void start() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      return report(next_++, "", "no worker process could be started");
    std::fflush(nullptr);
    pid_t process = ::fork();
    if (process == 0) {
      ::close(ends[0]);
      for (const Worker& other : workers_) ::close(other.socket);
      serve(ends[1], limits_, job_, end_);
    }
    ::close(ends[1]);
    Worker worker{process, ends[0], 0, {}};
    if (process < 0) {
      ::close(ends[0]);
      return report(next_++, "", "no worker process could be started");
    }
    give(worker);
    workers_.push_back(worker);
  }

  void report(size_t job, const std::string& answer, const std::string& died) {
    if (!done_(job, answer, died)) next_ = jobs_;
  }

  void give(Worker& worker) {
    worker.job = next_++;
    worker.deadline = limits_.seconds == 0 ? Clock::time_point::max()
                                           : Clock::now() + std::chrono::seconds(limits_.seconds);
    uint64_t index = worker.job;
    write_all(worker.socket, &index, sizeof index);  // when it died, reading its answer will tell
  }

  void wait() {
    std::vector<pollfd> polls;
    for (const Worker& worker : workers_) polls.push_back({worker.socket, POLLIN, 0});
    ::poll(polls.data(), polls.size(), 200);
    for (size_t i = polls.size(); i-- > 0;) {
      if (polls[i].revents != 0)
        collect(i);
      else if (Clock::now() > workers_[i].deadline)
        bury(i, fmt::format("took longer than {} s", limits_.seconds));
    }
  }

  void collect(size_t at) {
    Worker& worker = workers_[at];
    std::optional<std::string> answer = receive_answer(worker.socket);
    if (!answer) return bury(at, "");
    report(worker.job, *answer, "");
    if (next_ < jobs_) return give(worker);
    retire(at, 0);
  }

  void bury(size_t at, std::string why) {
    size_t job = workers_[at].job;
    int status = retire(at, SIGKILL);
    if (why.empty())
      why = WIFSIGNALED(status) ? fmt::format("killed by signal {}", WTERMSIG(status))
                                : fmt::format("ended with status {}", WEXITSTATUS(status));
    report(job, "", why);
  }

  // A worker whose socket closed has already died or is about to: its own status is the interesting
  // one.
  int retire(size_t at, int signal) {
    Worker worker = workers_[at];
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(at));
    ::close(worker.socket);
    int status = 0;
    if (signal != 0)
      for (int i = 0; i < 100; ++i) {
        if (::waitpid(worker.process, &status, WNOHANG) == worker.process) return status;
        if (Clock::now() > worker.deadline) break;
        ::usleep(10000);
      }
    if (signal != 0) ::kill(worker.process, signal);
    ::waitpid(worker.process, &status, 0);
    return status;
  }

  size_t jobs_;
  const WorkerLimits& limits_;
  const WorkerJob& job_;
  const WorkerDone& done_;
  const std::function<void()>& end_;
  size_t next_ = 0;
  std::vector<Worker> workers_;
};

}  // namespace

HalfWay::HalfWay(const Work& work) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {
    die_with_parent(parent);
    ::close(ends[0]);
    bool copied = false;
    std::string answer = work([&] {
      size_t index = copy_for_each_job(ends[1]);
      copied = true;
      return index;
    });
    if (!copied) ::_exit(NothingInCommon);
    bool sent = send_answer(ends[1], answer);
    ::_exit(sent ? 0 : 1);
  }
  ::close(ends[1]);
  socket_ = ends[0];
}

HalfWay::~HalfWay() {
  if (socket_ >= 0) ::close(socket_);
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  wait_for(process_);
}

std::optional<std::string> HalfWay::run(size_t index) {
  if (process_ <= 0) return std::nullopt;
  uint64_t number = index;
  write_all(socket_, &number, sizeof number);  // when it died, reading its answer will tell
  if (std::optional<std::string> answer = receive_answer(socket_)) return answer;
  int status = wait_for(std::exchange(process_, -1));
  if (WIFEXITED(status) && WEXITSTATUS(status) == NothingInCommon) return std::nullopt;
  end_like(status);
}

void run_workers(size_t jobs, const WorkerLimits& limits, const WorkerJob& job,
                 const WorkerDone& done, const std::function<void()>& end) {
  Pool(jobs, limits, job, done, end).run();
}

}  // namespace bh

#include "analyzer/workers.h"

#include <fmt/format.h>
#include <poll.h>
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

namespace bh {
namespace {

using Clock = std::chrono::steady_clock;

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

[[noreturn]] void serve(int socket, const WorkerLimits& limits, const WorkerJob& job) {
  rlimit core{0, 0};
  ::setrlimit(RLIMIT_CORE, &core);
  if (limits.megabytes > 0) {
    rlim_t bytes = static_cast<rlim_t>(limits.megabytes) << 20;
    rlimit memory{bytes, bytes};
    ::setrlimit(RLIMIT_AS, &memory);
  }
  uint64_t index = 0;
  while (read_all(socket, &index, sizeof index)) {
    std::string answer = job(index);
    uint64_t size = answer.size();
    if (!write_all(socket, &size, sizeof size) || !write_all(socket, answer.data(), size)) break;
  }
  std::fflush(nullptr);
  ::_exit(0);
}

class Pool {
 public:
  Pool(size_t jobs, const WorkerLimits& limits, const WorkerJob& job, const WorkerDone& done)
      : jobs_(jobs), limits_(limits), job_(job), done_(done) {}

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
      serve(ends[1], limits_, job_);
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
    uint64_t size = 0;
    std::string answer;
    bool whole = read_all(worker.socket, &size, sizeof size) && size < (1u << 20);
    if (whole) {
      answer.resize(size);
      whole = read_all(worker.socket, answer.data(), size);
    }
    if (!whole) return bury(at, "");
    report(worker.job, answer, "");
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
  size_t next_ = 0;
  std::vector<Worker> workers_;
};

}  // namespace

void run_workers(size_t jobs, const WorkerLimits& limits, const WorkerJob& job,
                 const WorkerDone& done) {
  Pool(jobs, limits, job, done).run();
}

}  // namespace bh

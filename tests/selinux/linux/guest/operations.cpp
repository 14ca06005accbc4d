#include "tests/selinux/linux/guest/operations.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "tests/selinux/linux/guest/sockets.h"
#include "tests/selinux/linux/guest/system.h"

namespace bh::guest {
namespace {

struct Row {
  std::string_view name;
  std::string_view object_class;
};

constexpr Row Rows[] = {
#define OPERATION(name, object_class, on_target, on_self) {#name, object_class},
#include "tests/selinux/linux/operations.def"
#undef OPERATION
};

long opened(const std::string& path, int flags) { return open(path.c_str(), flags); }

long locked(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  return file < 0 ? -1 : flock(file, LOCK_SH);
}

long mapped(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0) return -1;
  return mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, file, 0) == MAP_FAILED ? -1 : 0;
}

// A descriptor that the kernel took away reads as an empty file.
long used(int descriptor) {
  char byte = 0;
  if (read(descriptor, &byte, 1) == 1) return write(descriptor, &byte, 1);
  errno = EACCES;
  return -1;
}

long executed(const std::string& program) {
  return execl(program.c_str(), program.c_str(), "nothing", nullptr);
}

long status_of(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status);
}

long capabilities(pid_t process) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, process};
  __user_cap_data_struct data[2];
  return syscall(SYS_capget, &header, data);
}

long limit(pid_t process) {
  const rlimit none{};
  return prlimit(process, RLIMIT_CORE, &none, nullptr);
}

long sent_datagram(const std::string& to) {
  const int own = unix_socket(SOCK_DGRAM);
  return own < 0 || connect_unix(own, to) < 0 ? -1 : write(own, "x", 1);
}

long connected_stream(const std::string& to) {
  const int own = unix_socket(SOCK_STREAM);
  return own < 0 ? -1 : connect_unix(own, to);
}

long with_tcp(int (*then)(int socket, uint16_t port), const std::string& port) {
  const int own = tcp_socket();
  return own < 0 ? -1 : then(own, static_cast<uint16_t>(std::atoi(port.c_str())));
}

long tried(Operation operation, const std::string& object, int inherited) {
  const char* const path = object.c_str();
  const std::string inner = object + "/inner";
  const pid_t process = std::atoi(path);
  int value = 1;
  switch (operation) {
    case Operation::file_read:
      return opened(object, O_RDONLY);
    case Operation::file_write:
      return opened(object, O_WRONLY);
    case Operation::file_append:
      return opened(object, O_WRONLY | O_APPEND);
    case Operation::file_create:
      return mknod(path, S_IFREG | 0644, 0);
    case Operation::file_unlink:
      return unlink(path);
    case Operation::file_rename:
      return rename(path, (object + ".other").c_str());
    case Operation::file_link:
      return link(path, (object + ".other").c_str());
    case Operation::file_getattr:
    case Operation::dir_getattr:
      return status_of(object);
    case Operation::file_setattr:
    case Operation::dir_setattr:
      return chmod(path, 0700);
    case Operation::file_lock:
      return locked(object);
    case Operation::file_map:
      return mapped(object);
    case Operation::file_execute:
    case Operation::process_transition:
    case Operation::process_start:
      return executed(object);
    case Operation::file_inherit:
    case Operation::stream_use:
      return used(inherited);
    case Operation::dir_read:
      return opened(object, O_RDONLY | O_DIRECTORY);
    case Operation::dir_search:
      return status_of(inner);
    case Operation::dir_mkdir:
      return mkdir((object + "/new").c_str(), 0755);
    case Operation::dir_rmdir:
      return rmdir(inner.c_str());
    case Operation::process_signull:
      return kill(process, 0);
    case Operation::process_signal:
      return kill(process, SIGWINCH);
    case Operation::process_sigchld:
      return kill(process, SIGCHLD);
    case Operation::process_sigstop:
      return kill(process, SIGSTOP);
    case Operation::process_sigkill:
      return kill(process, SIGKILL);
    case Operation::process_ptrace:
      return ptrace(PTRACE_SEIZE, process, nullptr, nullptr);
    case Operation::process_getsched:
      return sched_getscheduler(process);
    case Operation::process_setsched:
      return setpriority(PRIO_PROCESS, static_cast<id_t>(process), 1);
    case Operation::process_getpgid:
      return getpgid(process);
    case Operation::process_getsession:
      return getsid(process);
    case Operation::process_getcap:
      return capabilities(process);
    case Operation::process_setrlimit:
      return limit(process);
    case Operation::stream_connect:
      return connected_stream(object);
    case Operation::dgram_send:
      return sent_datagram(object);
    case Operation::stream_getattr: {
      char address[128];
      socklen_t size = sizeof address;
      return getsockname(inherited, reinterpret_cast<sockaddr*>(address), &size);
    }
    case Operation::stream_setopt:
      return setsockopt(inherited, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value);
    case Operation::stream_shutdown:
      return shutdown(inherited, SHUT_RDWR);
    case Operation::tcp_connect:
      return with_tcp(connect_tcp, object);
    case Operation::tcp_bind:
      return with_tcp(bind_tcp, object);
  }
  errno = ENOSYS;
  return -1;
}

}  // namespace

Operation operation(std::string_view name) {
  for (size_t i = 0; i < std::size(Rows); ++i) {
    if (Rows[i].name == name) return static_cast<Operation>(i);
  }
  give_up("no operation " + std::string(name));
}

std::string_view class_of(Operation operation) {
  return Rows[static_cast<size_t>(operation)].object_class;
}

int perform(Operation operation, const std::string& object, int inherited) {
  return tried(operation, object, inherited) < 0 ? errno : 0;
}

}  // namespace bh::guest

#include "tests/selinux/linux/guest/attempt.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "tests/selinux/linux/guest/operations.h"
#include "tests/selinux/linux/guest/sockets.h"
#include "tests/selinux/linux/guest/system.h"

namespace bh::guest {
namespace {

const std::string Probe = std::string(Room) + "/probe";

std::string object_path(const std::string& type) { return std::string(Room) + "/object_" + type; }
std::string created_path(const std::string& type) { return std::string(Room) + "/new_" + type; }

// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

// The program that tries, in a domain: it waits until it is let, and is gone with its owner.
class Process {
 public:
  Process(const std::string& domain, const std::string& operation,
          const std::vector<std::string>& objects, const std::vector<int>& inherited) {
    int go_ahead[2];
    int ready[2];
    if (pipe2(go_ahead, O_CLOEXEC) != 0 || pipe2(ready, O_CLOEXEC) != 0) give_up("no pipe");
    id_ = fork();
    if (id_ < 0) give_up("cannot fork");
    if (id_ == 0) {
      std::vector<int> wanted = {go_ahead[0], ready[1]};
      wanted.insert(wanted.end(), inherited.begin(), inherited.end());
      become(domain, operation, objects, wanted);
    }
    close(go_ahead[0]);
    close(ready[1]);
    go_ahead_ = Descriptor(go_ahead[1]);
    ready_ = Descriptor(ready[0]);
    char byte = 0;
    if (read(ready_.number(), &byte, 1) != 1) give_up("nothing runs as " + domain);
  }
  ~Process() {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  std::string context() const {
    const std::string text = read_whole("/proc/" + std::to_string(id_) + "/attr/current");
    return text.substr(0, text.find('\0'));
  }
  // Lets it try, and waits for what comes of it, in the order of the objects, and how it ends:
  // which is what comes of executing a program.
  std::vector<int> results() {
    if (write(go_ahead_.number(), "g", 1) != 1) give_up("cannot go ahead");
    std::vector<int> all;
    for (unsigned char byte = 0; read(ready_.number(), &byte, 1) == 1;) all.push_back(byte);
    int status = 0;
    if (waitpid(id_, &status, 0) != id_) give_up("a process is gone");
    all.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return all;
  }

 private:
  // Between fork and execve: the descriptors get the numbers that the program knows them by.
  [[noreturn]] static void become(const std::string& domain, const std::string& operation,
                                  const std::vector<std::string>& objects,
                                  const std::vector<int>& wanted) {
    constexpr int Aside = 100;
    write_whole("/proc/self/attr/exec", process_context(domain));
    const int count = static_cast<int>(wanted.size());
    for (int i = 0; i < count; ++i) dup2(wanted[static_cast<size_t>(i)], Aside + i);
    close_range(0, Aside - 1, 0);
    for (int i = 0; i < count; ++i) dup2(Aside + i, GoAhead + i);
    close_range(Aside, ~0u, 0);
    std::vector<const char*> arguments = {"probe", "try", operation.c_str()};
    for (const std::string& object : objects) arguments.push_back(object.c_str());
    arguments.push_back(nullptr);
    execv(Probe.c_str(), const_cast<char* const*>(arguments.data()));
    _exit(126);
  }

  pid_t id_ = 0;
  Descriptor go_ahead_;
  Descriptor ready_;
};

// What an attempt is made on: `name` is what the process is told, the rest is kept alive for it.
struct Prepared {
  std::string name;
  Descriptor inherited;
  Descriptor server;
};

void create_socket_as(const std::string& type) {
  write_whole("/proc/self/attr/sockcreate", type.empty() ? "" : object_context(type));
}

Descriptor listening(Descriptor socket, int bound) {
  if (socket.number() < 0 || bound != 0) give_up("no server");
  listen(socket.number(), 1);
  return socket;
}

// Its name is its type's.
Descriptor unix_server(int kind, const std::string& type) {
  create_socket_as(type);
  Descriptor server(unix_socket(kind));
  create_socket_as("");
  const int bound = bind_unix(server.number(), type);
  return listening(std::move(server), bound);
}

void pair_of_sockets(const std::string& type, Prepared& prepared) {
  int ends[2];
  create_socket_as(type);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) give_up("no sockets");
  create_socket_as("");
  prepared.inherited = Descriptor(ends[0]);
  prepared.server = Descriptor(ends[1]);
  if (write(ends[1], "x", 1) != 1) give_up("a socket does not work");
}

void make_file(Operation operation, const std::string& type, Prepared& prepared) {
  if (operation == Operation::file_create) {
    prepared.name = created_path(type);
    return;
  }
  prepared.name = object_path(type);
  write_whole(prepared.name, operation == Operation::file_execute ? read_whole(Probe) : "xx");
  label(prepared.name, type);
  if (operation == Operation::file_inherit) {
    prepared.inherited = Descriptor(open(prepared.name.c_str(), O_RDWR | O_CLOEXEC));
  }
}

void make_folder(const std::string& type, Prepared& prepared) {
  prepared.name = object_path(type);
  mkdir(prepared.name.c_str(), 0755);
  mkdir((prepared.name + "/inner").c_str(), 0755);
  label(prepared.name, type);
}

void make_port(Operation operation, uint16_t port, Prepared& prepared) {
  if (operation == Operation::tcp_bind) ++port;  // nobody has it yet
  prepared.name = std::to_string(port);
  if (operation == Operation::tcp_bind) return;
  Descriptor server(tcp_socket());
  const int bound = bind_tcp(server.number(), port);
  prepared.server = listening(std::move(server), bound);
}

Prepared prepare(Operation operation, const std::string& type,
                 const std::map<std::string, int>& ports) {
  Prepared prepared;
  prepared.name = type;
  const std::string_view object_class = class_of(operation);
  if (object_class == "file") make_file(operation, type, prepared);
  if (object_class == "dir") make_folder(type, prepared);
  if (object_class == "tcp_socket") {
    const auto port = ports.find(type);
    if (port == ports.end()) give_up("no port for " + type);
    make_port(operation, static_cast<uint16_t>(port->second), prepared);
  }
  if (operation == Operation::process_transition) {
    prepared.name = std::string(Room) + "/enter_" + type;
  } else if (operation == Operation::process_start) {
    prepared.name = std::string(Room) + "/start_" + type;
  } else if (operation == Operation::dgram_send) {
    prepared.server = unix_server(SOCK_DGRAM, type);
  } else if (operation == Operation::stream_connect) {
    prepared.server = unix_server(SOCK_STREAM, type);
  } else if (object_class == "unix_stream_socket") {
    pair_of_sockets(type, prepared);
  }
  return prepared;
}

void clean_up(const std::string& type) {
  const std::string object = object_path(type);
  for (const char* folder : {"/inner", "/new", ""}) rmdir((object + folder).c_str());
  for (const std::string& file : {object, object + ".other", created_path(type)}) {
    unlink(file.c_str());
  }
}

void let_it_try(const Attempts& attempts, const std::vector<std::string>& objects,
                const std::vector<int>& inherited) {
  Process process(attempts.source, attempts.operation, objects, inherited);
  std::string line = "tried " + attempts.number + " " + std::to_string(process.id()) + " ";
  line += process.context();
  std::vector<int> results = process.results();
  if (results.size() > objects.size()) results.pop_back();
  for (const int result : results) line += " " + std::to_string(result);
  tell(line);
}

void try_on_processes(const Attempts& attempts) {
  std::vector<std::unique_ptr<Process>> others;
  std::vector<std::string> objects;
  for (const std::string& domain : attempts.targets) {
    others.push_back(
        std::make_unique<Process>(domain, "wait", std::vector<std::string>(), std::vector<int>()));
    objects.push_back(std::to_string(others.back()->id()));
  }
  let_it_try(attempts, objects, {});
}

void try_on_objects(const Attempts& attempts, Operation what,
                    const std::map<std::string, int>& ports) {
  std::vector<Prepared> all;
  std::vector<std::string> objects;
  std::vector<int> inherited;
  for (const std::string& type : attempts.targets) {
    all.push_back(prepare(what, type, ports));
    objects.push_back(all.back().name);
    if (all.back().inherited.number() >= 0) inherited.push_back(all.back().inherited.number());
  }
  let_it_try(attempts, objects, inherited);
  for (const std::string& type : attempts.targets) clean_up(type);
}

}  // namespace

void label(const std::string& path, const std::string& type) {
  const std::string context = object_context(type);
  if (setxattr(path.c_str(), "security.selinux", context.c_str(), context.size() + 1, 0) != 0) {
    give_up("cannot label " + path + " " + context);
  }
}

void try_them(const Attempts& attempts, const std::map<std::string, int>& ports) {
  const Operation what = operation(attempts.operation);
  if (class_of(what) == "process" && what != Operation::process_transition &&
      what != Operation::process_start) {
    try_on_processes(attempts);
  } else {
    try_on_objects(attempts, what, ports);
  }
}

void run_attempts(char** arguments) {
  constexpr unsigned LongestSeconds = 30;
  alarm(LongestSeconds);
  const std::string what = *arguments;
  char byte = 'r';
  if (write(Ready, &byte, 1) != 1 || read(GoAhead, &byte, 1) != 1) _exit(125);
  for (int i = 1; arguments[i] != nullptr; ++i) {
    const auto result =
        static_cast<unsigned char>(perform(operation(what), arguments[i], Inherited + i - 1));
    if (write(Ready, &result, 1) != 1) _exit(125);
  }
  _exit(0);
}

}  // namespace bh::guest

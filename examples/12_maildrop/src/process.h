// Processes, and descriptors that go from one to another.
#pragma once

#include <sys/types.h>

#include <functional>

#include "channel.h"

namespace maildrop {

class Process {
 public:
  // Runs `body` in a child process. An exception ends the child with status 2.
  explicit Process(const std::function<void()>& body);
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  Process& operator=(Process&&) = delete;
  ~Process();

  int wait();  // its exit status

 private:
  pid_t pid_ = -1;
};

void send_descriptor(const Descriptor& over, const Descriptor& sent);
// Empty: the other side has closed its end.
Descriptor receive_descriptor(const Descriptor& over);

}  // namespace maildrop

#include "process.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>

namespace maildrop {

Process::Process(const std::function<void()>& body) {
  pid_ = ::fork();
  if (pid_ < 0) throw ChannelError("cannot fork");
  if (pid_ > 0) return;
  int status = 0;
  try {
    body();
  } catch (const std::exception&) {
    status = 2;
  }
  ::_exit(status);
}

Process::~Process() {
  if (pid_ > 0) wait();
}

int Process::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

namespace {

// Room for one descriptor beside a message.
union Control {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
};

msghdr message_for(iovec& part, Control& control) {
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  return message;
}

}  // namespace

void send_descriptor(const Descriptor& over, const Descriptor& sent) {
  char mark = 0;
  iovec part{&mark, 1};
  Control control{};
  msghdr message = message_for(part, control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = sent.get();
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (::sendmsg(over.get(), &message, MSG_NOSIGNAL) != 1) throw ChannelError("cannot hand over");
}

Descriptor receive_descriptor(const Descriptor& over) {
  char mark = 0;
  iovec part{&mark, 1};
  Control control{};
  msghdr message = message_for(part, control);
  if (::recvmsg(over.get(), &message, 0) <= 0) return {};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return {};
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return Descriptor(fd);
}

}  // namespace maildrop

#include "channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace maildrop {

namespace {
constexpr std::uint32_t LongestBody = 1U << 21;
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() { reset(); }

void Descriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::pair<Channel, Channel> Channel::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
    throw ChannelError("no pair of sockets");
  return {Channel(Descriptor(ends[0])), Channel(Descriptor(ends[1]))};
}

void Channel::write_all(const std::uint8_t* data, std::size_t size) {
  while (size > 0) {
    const ssize_t done = ::send(descriptor_.get(), data, size, MSG_NOSIGNAL);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) throw ChannelError("cannot write");
    data += done;
    size -= static_cast<std::size_t>(done);
  }
}

bool Channel::read_all(std::uint8_t* data, std::size_t size) {
  bool started = false;
  while (size > 0) {
    const ssize_t done = ::read(descriptor_.get(), data, size);
    if (done < 0 && errno == EINTR) continue;
    if (done == 0 && !started) return false;
    if (done <= 0) throw ChannelError("cut short");
    started = true;
    data += done;
    size -= static_cast<std::size_t>(done);
  }
  return true;
}

void Channel::send(Kind kind, const Bytes& body) {
  const Bytes head = Writer()
                         .number(static_cast<std::uint8_t>(kind))
                         .number(static_cast<std::uint32_t>(body.size()))
                         .take();
  write_all(head.data(), head.size());
  write_all(body.data(), body.size());
}

std::optional<Message> Channel::receive() {
  std::array<std::uint8_t, 5> head{};
  if (!read_all(head.data(), head.size())) return std::nullopt;
  Reader reader(head);
  Message message;
  message.kind = static_cast<Kind>(reader.number<std::uint8_t>());
  const auto size = reader.number<std::uint32_t>();
  if (size > LongestBody) throw ChannelError("too long");
  message.body.resize(size);
  if (size > 0 && !read_all(message.body.data(), size)) throw ChannelError("cut short");
  return message;
}

Bytes Channel::ask(Kind kind, const Bytes& body) {
  send(kind, body);
  std::optional<Message> answer = receive();
  if (!answer || answer->kind != Kind::Answer) throw ChannelError("no answer");
  return std::move(answer->body);
}

}  // namespace maildrop

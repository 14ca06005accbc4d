// One end of a connection between two processes.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "wire.h"

namespace maildrop {

// The other side broke the rules or is gone.
class ChannelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

class Channel {
 public:
  explicit Channel(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  static std::pair<Channel, Channel> pair();

  void send(Kind kind, const Bytes& body);
  std::optional<Message> receive();  // nothing: the other side has closed its end
  // Asks and waits for the answer.
  Bytes ask(Kind kind, const Bytes& body);

  int fd() const { return descriptor_.get(); }
  void close() { descriptor_.reset(); }

 private:
  void write_all(const std::uint8_t* data, std::size_t size);
  bool read_all(std::uint8_t* data, std::size_t size);

  Descriptor descriptor_;
};

}  // namespace maildrop

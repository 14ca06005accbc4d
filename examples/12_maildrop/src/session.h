// One conversation with a stranger: lines in, lines out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel.h"

namespace maildrop {

enum class State : std::uint8_t { Greeting, Open, Text, Ended };

// What a session may ask of other processes.
class Services {
 public:
  virtual ~Services() = default;
  virtual bool verify(const std::string& user, const std::string& password) = 0;
  virtual bool change(const std::string& user, const std::string& old,
                      const std::string& wanted) = 0;
  virtual std::uint32_t deliver(const std::string& user, const std::string& text) = 0;
  virtual std::vector<std::uint32_t> list(const std::string& user) = 0;
  virtual std::optional<std::string> fetch(const std::string& user, std::uint32_t id) = 0;
  virtual bool remove(const std::string& user, std::uint32_t id) = 0;
};

class Session {
 public:
  using Output = std::function<void(std::string_view)>;

  Session(std::shared_ptr<Services> services, Output output)
      : services_(std::move(services)), output_(std::move(output)) {}

  void line(std::string_view text);

  // For the commands.
  void say(std::string_view text) { output_(text); }
  Services& services() { return *services_; }
  State state() const { return state_; }
  void enter(State state) { state_ = state; }
  const std::string& user() const { return user_; }
  void log_in(std::string user) { user_ = std::move(user); }
  void start_text(std::string recipient);
  void wrong();

 private:
  void text_line(std::string_view text);

  std::shared_ptr<Services> services_;
  Output output_;
  State state_ = State::Greeting;
  std::string user_;
  std::string recipient_;
  std::string text_;
  unsigned errors_ = 0;
};

}  // namespace maildrop

#include "session.h"

#include "command.h"

namespace maildrop {

namespace {
constexpr std::size_t LongestText = 1U << 20;
constexpr unsigned MostErrors = 8;
}  // namespace

void Session::line(std::string_view text) {
  if (state_ == State::Ended) return;
  if (state_ == State::Text) return text_line(text);
  const Words words = split(text);
  const Command* command = words.empty() ? nullptr : find_command(words.front());
  if (command == nullptr || !command->fits(*this, words)) return wrong();
  command->run(*this, words);
}

void Session::text_line(std::string_view text) {
  if (text != ".") {
    if (text_.size() + text.size() < LongestText) text_.append(text).append("\n");
    return;
  }
  const std::uint32_t id = services_->deliver(recipient_, text_);
  text_.clear();
  state_ = user_.empty() ? State::Greeting : State::Open;
  say("250 kept as " + std::to_string(id));
}

void Session::start_text(std::string recipient) {
  recipient_ = std::move(recipient);
  state_ = State::Text;
  say("354 end with a dot");
}

void Session::wrong() {
  say("500 what?");
  if (++errors_ >= MostErrors) state_ = State::Ended;
}

}  // namespace maildrop

#include "command.h"

#include <charconv>
#include <memory>
#include <unordered_map>

namespace maildrop {

namespace {

// A command with so many words, in such a state.
template <std::size_t Count, State In>
class Fixed : public Command {
 public:
  bool fits(const Session& session, const Words& words) const override {
    return words.size() == Count && session.state() == In;
  }
};

std::optional<std::uint32_t> number(const std::string& word) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

class Login final : public Fixed<3, State::Greeting> {
 public:
  void run(Session& session, const Words& words) const override {
    if (!session.services().verify(words[1], words[2])) return session.wrong();
    session.log_in(words[1]);
    session.enter(State::Open);
    session.say("230 welcome");
  }
};

class Password final : public Fixed<3, State::Open> {
 public:
  void run(Session& session, const Words& words) const override {
    const bool changed = session.services().change(session.user(), words[1], words[2]);
    session.say(changed ? "250 changed" : "550 not changed");
  }
};

class Mail final : public Command {
 public:
  bool fits(const Session& session, const Words& words) const override {
    return words.size() == 2 && session.state() != State::Text;
  }
  void run(Session& session, const Words& words) const override { session.start_text(words[1]); }
};

class List final : public Fixed<1, State::Open> {
 public:
  void run(Session& session, const Words&) const override {
    std::string text = "250";
    for (const std::uint32_t id : session.services().list(session.user()))
      text += " " + std::to_string(id);
    session.say(text);
  }
};

class Fetch final : public Fixed<2, State::Open> {
 public:
  void run(Session& session, const Words& words) const override {
    const std::optional<std::uint32_t> id = number(words[1]);
    const std::optional<std::string> text =
        id ? session.services().fetch(session.user(), *id) : std::nullopt;
    if (!text) return session.wrong();
    session.say("250 " + std::to_string(text->size()));
    session.say(*text);
  }
};

class Remove final : public Fixed<2, State::Open> {
 public:
  void run(Session& session, const Words& words) const override {
    const std::optional<std::uint32_t> id = number(words[1]);
    const bool gone = id && session.services().remove(session.user(), *id);
    session.say(gone ? "250 gone" : "550 no such message");
  }
};

class Quit final : public Command {
 public:
  bool fits(const Session&, const Words& words) const override { return words.size() == 1; }
  void run(Session& session, const Words&) const override {
    session.say("221 good bye");
    session.enter(State::Ended);
  }
};

using Table = std::unordered_map<std::string, std::unique_ptr<const Command>>;

Table make_table() {
  Table table;
  table.emplace("login", std::make_unique<Login>());
  table.emplace("password", std::make_unique<Password>());
  table.emplace("mail", std::make_unique<Mail>());
  table.emplace("list", std::make_unique<List>());
  table.emplace("fetch", std::make_unique<Fetch>());
  table.emplace("remove", std::make_unique<Remove>());
  table.emplace("quit", std::make_unique<Quit>());
  return table;
}

}  // namespace

Words split(std::string_view line) {
  Words words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

const Command* find_command(const std::string& name) {
  static const Table table = make_table();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second.get();
}

}  // namespace maildrop

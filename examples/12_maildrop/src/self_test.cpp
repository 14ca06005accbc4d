#include "self_test.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <iostream>

#include "service.h"

namespace maildrop {

namespace {

// A client that sends lines and compares what comes back.
class Client {
 public:
  Client(Descriptor peer, int& wrong) : peer_(std::move(peer)), wrong_(wrong) {}

  void expect(std::string_view sent, std::string_view answer) {
    const std::string line = std::string(sent) + "\n";
    ::send(peer_.get(), line.data(), line.size(), MSG_NOSIGNAL);
    if (answer.empty()) return;
    const std::string got = read_line();
    if (got == answer) return;
    std::cerr << "sent '" << sent << "', expected '" << answer << "', got '" << got << "'\n";
    ++wrong_;
  }
  std::string read_line() {
    std::string line;
    for (char c = 0; ::read(peer_.get(), &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

 private:
  Descriptor peer_;
  int& wrong_;
};

void play(Service& service, int& wrong) {
  Client ann(service.connect(), wrong);
  ann.expect("list", "500 what?");
  ann.expect("login ann wrong", "500 what?");
  ann.expect("login ann apples and pears", "500 what?");
  ann.expect("login ann apples", "230 welcome");
  ann.expect("list", "250");
  Client stranger(service.connect(), wrong);
  stranger.expect("mail ann", "354 end with a dot");
  stranger.expect("Dear Ann,", "");
  stranger.expect("good bye.", "");
  stranger.expect(".", "250 kept as 1");
  stranger.expect("quit", "221 good bye");
  ann.expect("list", "250 1");
  ann.expect("fetch 1", "250 20");
  if (ann.read_line() != "Dear Ann,") ++wrong;
  if (ann.read_line() != "good bye.") ++wrong;
  ann.read_line();
  ann.expect("remove 1", "250 gone");
  ann.expect("remove 1", "550 no such message");
  ann.expect("password apples short", "550 not changed");
  ann.expect("password apples cherries", "250 changed");
  ann.expect("quit", "221 good bye");
  Client again(service.connect(), wrong);
  again.expect("login ann apples", "500 what?");
  again.expect("login ann cherries", "230 welcome");
  again.expect("quit", "221 good bye");
}

}  // namespace

int self_test() {
  int wrong = 0;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("maildrop." + std::to_string(::getpid()));
  for (const std::string& spool : {std::string(), folder.string()}) {
    Service service({.accounts = "ann apples\nbob beans\n", .spool = spool});
    play(service, wrong);
    wrong += service.stop();
  }
  std::error_code none;
  std::filesystem::remove_all(folder, none);
  return wrong;
}

}  // namespace maildrop

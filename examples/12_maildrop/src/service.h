// The supervisor: starts the processes, hands connections to the front, and ends them.
#pragma once

#include <optional>
#include <string>

#include "channel.h"
#include "process.h"

namespace maildrop {

struct Settings {
  std::string accounts;  // see read_accounts
  std::string spool;     // a folder; empty: in memory
};

class Service {
 public:
  explicit Service(const Settings& settings);

  // A connection to the front, as a client that came over the network has one.
  Descriptor connect();
  void accept(Descriptor peer);
  // How many of the processes ended badly.
  int stop();

 private:
  Descriptor hand_over_;
  std::optional<Process> accounts_, spool_, front_;
};

}  // namespace maildrop

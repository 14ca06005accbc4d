// The process that knows passwords, as far as anyone does.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "channel.h"
#include "digest.h"
#include "dispatcher.h"

namespace maildrop {

class Accounts {
 public:
  void add(const std::string& user, const std::string& password);

  Bytes verify(Reader& request);
  Bytes change(Reader& request);

 private:
  struct Account {
    std::string salt;
    Digest secret{};
    std::uint32_t failures = 0;
  };
  bool matches(const std::string& user, const std::string& password);

  std::map<std::string, Account> accounts_;
  std::uint64_t next_salt_ = 1;
};

// One account a line: name, blank, password. Lines that are not are left out.
void read_accounts(const std::string& text, Accounts& accounts);

// Serves the channel until it closes.
void run_accounts(Channel channel, const std::string& list);

}  // namespace maildrop

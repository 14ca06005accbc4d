#include "accounts.h"

#include <sstream>

#include "limits.h"

namespace maildrop {

namespace {
constexpr std::uint32_t MostFailures = 5;
}

void Accounts::add(const std::string& user, const std::string& password) {
  Account account;
  account.salt = user + ":" + std::to_string(next_salt_++);
  account.secret = stretch(account.salt, password);
  accounts_[user] = std::move(account);
}

bool Accounts::matches(const std::string& user, const std::string& password) {
  const auto found = accounts_.find(user);
  if (found == accounts_.end()) {
    stretch("nobody", password);  // takes as long
    return false;
  }
  Account& account = found->second;
  if (account.failures >= MostFailures) return false;
  const bool right = same(account.secret, stretch(account.salt, password));
  account.failures = right ? 0 : account.failures + 1;
  return right;
}

Bytes Accounts::verify(Reader& request) {
  const std::string user = request.text();
  const std::string password = request.text();
  if (!request.done()) throw ChannelError("a request that the front does not send");
  return Writer().number(static_cast<std::uint8_t>(matches(user, password))).take();
}

Bytes Accounts::change(Reader& request) {
  const std::string user = request.text();
  const std::string old = request.text();
  const std::string wanted = request.text();
  if (!request.done()) throw ChannelError("a request that the front does not send");
  const bool allowed = wanted.size() >= 8 && matches(user, old);
  if (allowed) add(user, wanted);
  return Writer().number(static_cast<std::uint8_t>(allowed)).take();
}

void read_accounts(const std::string& text, Accounts& accounts) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t blank = line.find(' ');
    if (blank == 0 || blank == std::string::npos) continue;
    accounts.add(line.substr(0, blank), line.substr(blank + 1));
  }
}

void run_accounts(Channel channel, const std::string& list) {
  Accounts accounts;
  read_accounts(list, accounts);
  limit_descriptors(16);
  Dispatcher()
      .on(Kind::Verify, [&accounts](Reader& request) { return accounts.verify(request); })
      .on(Kind::Change, [&accounts](Reader& request) { return accounts.change(request); })
      .run(channel);
}

}  // namespace maildrop

#include "service.h"

#include <sys/socket.h>

#include <array>

#include "accounts.h"
#include "front.h"
#include "limits.h"
#include "spool.h"

namespace maildrop {

namespace {

std::pair<Descriptor, Descriptor> descriptor_pair(int type) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, type, 0, ends.data()) != 0) throw ChannelError("no pair of sockets");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace

Service::Service(const Settings& settings) {
  auto [front_accounts, accounts] = Channel::pair();
  auto [front_spool, spool] = Channel::pair();
  auto [giving, taking] = descriptor_pair(SOCK_STREAM);
  harden();
  accounts_.emplace([&] {
    giving.reset(), taking.reset();
    front_accounts.close(), front_spool.close(), spool.close();
    run_accounts(std::move(accounts), settings.accounts);
  });
  accounts.close();
  spool_.emplace([&] {
    giving.reset(), taking.reset();
    front_accounts.close(), front_spool.close();
    run_spool(std::move(spool), settings.spool);
  });
  spool.close();
  front_.emplace([&] {
    giving.reset();
    run_front(std::move(front_accounts), std::move(front_spool), std::move(taking));
  });
  hand_over_ = std::move(giving);
}

Descriptor Service::connect() {
  auto [ours, theirs] = descriptor_pair(SOCK_STREAM);
  accept(std::move(theirs));
  return std::move(ours);
}

void Service::accept(Descriptor peer) { send_descriptor(hand_over_, peer); }

int Service::stop() {
  hand_over_.reset();
  int bad = 0;
  for (std::optional<Process>* process : {&front_, &spool_, &accounts_})
    if (*process && (*process)->wait() != 0) ++bad;
  return bad;
}

}  // namespace maildrop

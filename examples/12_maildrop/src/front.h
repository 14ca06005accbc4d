// The process that talks to strangers. It parses what they send and asks the others.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "channel.h"
#include "session.h"

namespace maildrop {

// Asks over channels; safe for several threads.
class RemoteServices final : public Services {
 public:
  RemoteServices(Channel accounts, Channel spool)
      : accounts_(std::move(accounts)), spool_(std::move(spool)) {}

  bool verify(const std::string& user, const std::string& password) override;
  bool change(const std::string& user, const std::string& old, const std::string& wanted) override;
  std::uint32_t deliver(const std::string& user, const std::string& text) override;
  std::vector<std::uint32_t> list(const std::string& user) override;
  std::optional<std::string> fetch(const std::string& user, std::uint32_t id) override;
  bool remove(const std::string& user, std::uint32_t id) override;

 private:
  std::mutex accounts_lock_, spool_lock_;
  Channel accounts_;
  Channel spool_;
};

// One conversation over a connected descriptor.
void converse(const std::shared_ptr<Services>& services, Descriptor peer);

// `connections` hands over descriptors of connected clients until it closes.
void run_front(Channel accounts, Channel spool, Descriptor connections);

}  // namespace maildrop

// The process that keeps messages: the only one that sees the file system.
#pragma once

#include <memory>
#include <string>

#include "channel.h"
#include "dispatcher.h"
#include "store.h"

namespace maildrop {

class Spool {
 public:
  explicit Spool(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  Bytes deliver(Reader& request);
  Bytes list(Reader& request);
  Bytes fetch(Reader& request);
  Bytes remove(Reader& request);

 private:
  std::unique_ptr<Store> store_;
};

// Serves the channel until it closes.
void run_spool(Channel channel, const std::string& folder);

}  // namespace maildrop

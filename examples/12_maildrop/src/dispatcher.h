// The loop of a process that serves requests: a table of handlers by kind.
#pragma once

#include <functional>
#include <map>

#include "channel.h"

namespace maildrop {

class Dispatcher {
 public:
  using Handler = std::function<Bytes(Reader&)>;

  Dispatcher& on(Kind kind, Handler handler);
  // Serves until it is told to stop or the other side closes. A request of a kind without a
  // handler, or one that cannot be read, ends the process: whoever asks is not to be trusted any
  // more.
  void run(Channel& channel);

 private:
  std::map<Kind, Handler> handlers_;
};

}  // namespace maildrop

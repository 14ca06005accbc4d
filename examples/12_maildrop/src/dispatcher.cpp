#include "dispatcher.h"

namespace maildrop {

Dispatcher& Dispatcher::on(Kind kind, Handler handler) {
  handlers_[kind] = std::move(handler);
  return *this;
}

void Dispatcher::run(Channel& channel) {
  while (std::optional<Message> message = channel.receive()) {
    if (message->kind == Kind::Stop) return;
    const auto found = handlers_.find(message->kind);
    if (found == handlers_.end()) throw ChannelError("unknown request");
    Reader reader(message->body);
    channel.send(Kind::Answer, found->second(reader));
  }
}

}  // namespace maildrop

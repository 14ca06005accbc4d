#include "spool.h"

#include <algorithm>
#include <cctype>

#include "limits.h"

namespace maildrop {

namespace {

constexpr std::size_t LongestMessage = 1U << 20;

// A user's name becomes a folder's name.
bool is_user(const std::string& name) {
  return !name.empty() && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

void check(bool right) {
  if (!right) throw ChannelError("a request that the front does not send");
}

Bytes answer(bool good) { return Writer().number(static_cast<std::uint8_t>(good)).take(); }

}  // namespace

Bytes Spool::deliver(Reader& request) {
  const std::string user = request.text();
  const std::string text = request.text();
  check(request.done() && is_user(user) && text.size() <= LongestMessage);
  return Writer().number(store_->add(user, text)).take();
}

Bytes Spool::list(Reader& request) {
  const std::string user = request.text();
  check(request.done() && is_user(user));
  Writer writer;
  writer.list(store_->list(user), [](Writer& to, std::uint32_t id) { to.number(id); });
  return writer.take();
}

Bytes Spool::fetch(Reader& request) {
  const std::string user = request.text();
  const auto id = request.number<std::uint32_t>();
  check(request.done() && is_user(user));
  const std::optional<std::string> text = store_->fetch(user, id);
  if (!text) return answer(false);
  return Writer().number(std::uint8_t{1}).text(*text).take();
}

Bytes Spool::remove(Reader& request) {
  const std::string user = request.text();
  const auto id = request.number<std::uint32_t>();
  check(request.done() && is_user(user));
  return answer(store_->remove(user, id));
}

void run_spool(Channel channel, const std::string& folder) {
  Spool spool(make_store(folder));
  limit_descriptors(64);
  Dispatcher()
      .on(Kind::Deliver, [&spool](Reader& request) { return spool.deliver(request); })
      .on(Kind::List, [&spool](Reader& request) { return spool.list(request); })
      .on(Kind::Fetch, [&spool](Reader& request) { return spool.fetch(request); })
      .on(Kind::Remove, [&spool](Reader& request) { return spool.remove(request); })
      .run(channel);
}

}  // namespace maildrop

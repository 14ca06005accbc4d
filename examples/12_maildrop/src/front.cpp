#include "front.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "limits.h"
#include "process.h"

namespace maildrop {

namespace {

bool is_yes(const Bytes& answer) {
  Reader reader(answer);
  return reader.number<std::uint8_t>() == 1 && reader.done();
}

constexpr std::size_t LongestLine = 4096;

}  // namespace

bool RemoteServices::verify(const std::string& user, const std::string& password) {
  const std::lock_guard lock(accounts_lock_);
  return is_yes(accounts_.ask(Kind::Verify, Writer().text(user).text(password).take()));
}

bool RemoteServices::change(const std::string& user, const std::string& old,
                            const std::string& wanted) {
  const std::lock_guard lock(accounts_lock_);
  return is_yes(accounts_.ask(Kind::Change, Writer().text(user).text(old).text(wanted).take()));
}

std::uint32_t RemoteServices::deliver(const std::string& user, const std::string& text) {
  const std::lock_guard lock(spool_lock_);
  const Bytes answer = spool_.ask(Kind::Deliver, Writer().text(user).text(text).take());
  return Reader(answer).number<std::uint32_t>();
}

std::vector<std::uint32_t> RemoteServices::list(const std::string& user) {
  const std::lock_guard lock(spool_lock_);
  const Bytes answer = spool_.ask(Kind::List, Writer().text(user).take());
  Reader reader(answer);
  std::vector<std::uint32_t> ids;
  for (auto left = reader.number<std::uint32_t>(); left > 0 && !reader.failed(); --left)
    ids.push_back(reader.number<std::uint32_t>());
  return ids;
}

std::optional<std::string> RemoteServices::fetch(const std::string& user, std::uint32_t id) {
  const std::lock_guard lock(spool_lock_);
  const Bytes answer = spool_.ask(Kind::Fetch, Writer().text(user).number(id).take());
  Reader reader(answer);
  if (reader.number<std::uint8_t>() != 1) return std::nullopt;
  return reader.text();
}

bool RemoteServices::remove(const std::string& user, std::uint32_t id) {
  const std::lock_guard lock(spool_lock_);
  return is_yes(spool_.ask(Kind::Remove, Writer().text(user).number(id).take()));
}

void converse(const std::shared_ptr<Services>& services, Descriptor peer) {
  Session session(services, [&peer](std::string_view text) {
    const std::string line = std::string(text) + "\n";
    ::send(peer.get(), line.data(), line.size(), MSG_NOSIGNAL);
  });
  std::string pending;
  std::array<char, 512> buffer{};
  while (session.state() != State::Ended) {
    const ssize_t size = ::read(peer.get(), buffer.data(), buffer.size());
    if (size <= 0) return;
    pending.append(buffer.data(), static_cast<std::size_t>(size));
    for (std::size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n')) {
      session.line(std::string_view(pending).substr(0, end));
      pending.erase(0, end + 1);
    }
    if (pending.size() > LongestLine) return;
  }
}

void run_front(Channel accounts, Channel spool, Descriptor connections) {
  limit_descriptors(256);
  auto services = std::make_shared<RemoteServices>(std::move(accounts), std::move(spool));
  std::vector<std::thread> threads;
  while (Descriptor peer = receive_descriptor(connections)) {
    threads.emplace_back([services, peer = std::move(peer)]() mutable {
      try {
        converse(services, std::move(peer));
      } catch (const ChannelError&) {
        ::_exit(3);  // without the others there is nothing left to do
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace maildrop

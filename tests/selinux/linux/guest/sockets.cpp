#include "tests/selinux/linux/guest/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>

namespace bh::guest {
namespace {

struct UnixAddress {
  explicit UnixAddress(const std::string& name) {
    address.sun_family = AF_UNIX;
    const size_t length = std::min(name.size(), sizeof address.sun_path - 1);
    std::copy_n(name.begin(), length, address.sun_path + 1);  // behind the null byte: abstract
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }

  sockaddr_un address{};
  socklen_t size = 0;
};

sockaddr_in tcp_address(uint16_t port) {
  return {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {}};
}

}  // namespace

int unix_socket(int type) { return socket(AF_UNIX, type | SOCK_CLOEXEC, 0); }
int tcp_socket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
int bind_unix(int socket, const std::string& name) {
  const UnixAddress address(name);
  return bind(socket, address.get(), address.size);
}
int connect_unix(int socket, const std::string& name) {
  const UnixAddress address(name);
  return connect(socket, address.get(), address.size);
}
int bind_tcp(int socket, uint16_t port) {
  const sockaddr_in address = tcp_address(port);
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}
int connect_tcp(int socket, uint16_t port) {
  const sockaddr_in address = tcp_address(port);
  return connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

}  // namespace bh::guest

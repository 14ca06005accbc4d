// Addresses that both sides of a connection know.
#pragma once

#include <cstdint>
#include <string>

namespace bh::guest {

// A socket of the kind; then 0, or -1 with errno. Unix addresses are names in the abstract
// namespace, which needs no file; those of tcp are ports of 127.0.0.1.
int unix_socket(int type);
int tcp_socket();
int bind_unix(int socket, const std::string& name);
int connect_unix(int socket, const std::string& name);
int bind_tcp(int socket, uint16_t port);
int connect_tcp(int socket, uint16_t port);

}  // namespace bh::guest

// maildrop: keeps messages for users. Four processes: a supervisor, a front that talks to
// strangers, a spool that keeps files, and one that knows passwords.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "self_test.h"
#include "service.h"

namespace maildrop {

namespace {

Descriptor listen_on(std::uint16_t port) {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool good =
      listener &&
      ::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(listener.get(), 16) == 0;
  if (!good) throw ChannelError("cannot listen");
  return listener;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

int serve(std::uint16_t port, const Settings& settings) {
  const Descriptor listener = listen_on(port);
  Service service(settings);
  while (Descriptor peer{::accept(listener.get(), nullptr, nullptr)})
    service.accept(std::move(peer));
  return service.stop();
}

}  // namespace

}  // namespace maildrop

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  try {
    if (first == "--self-test") {
      const int wrong = maildrop::self_test();
      std::cout << (wrong == 0 ? "all as expected\n" : "not as expected\n");
      return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (argc == 4)
      return maildrop::serve(static_cast<std::uint16_t>(std::atoi(argv[1])),
                             {.accounts = maildrop::read_file(argv[2]), .spool = argv[3]});
  } catch (const std::exception& error) {
    std::cerr << "maildrop: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
  std::cerr << "usage: maildrop PORT ACCOUNTS FOLDER | maildrop --self-test\n";
  return 2;
}

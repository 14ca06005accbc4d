#include "targets/selinux/kernel_classes.h"

#include <algorithm>

namespace bh {
namespace {

constexpr std::string_view FileCommon =
    "ioctl read write create getattr setattr lock relabelfrom relabelto append map unlink link "
    "rename "
    "execute quotaon mounton audit_access open execmod watch watch_mount watch_sb watch_with_perm "
    "watch_reads";
constexpr std::string_view SocketCommon =
    "ioctl read write create getattr setattr lock relabelfrom relabelto append map bind connect "
    "listen "
    "accept getopt setopt shutdown recvfrom sendto name_bind";
constexpr std::string_view IpcCommon =
    "create destroy getattr setattr read write associate unix_read unix_write";

struct Row {
  std::string_view name;
  std::string_view inherited;
  std::string_view own;
};

constexpr Row Rows[] = {
    {"process", "",
     "fork transition sigchld sigkill sigstop signull signal ptrace getsched setsched getsession "
     "getpgid "
     "setpgid getcap setcap share getattr setexec setfscreate noatsecure siginh setrlimit "
     "rlimitinh "
     "dyntransition setcurrent execmem execstack execheap setkeycreate setsockcreate getrlimit"},
    {"file", FileCommon, "execute_no_trans entrypoint"},
    {"dir", FileCommon, "add_name remove_name reparent search rmdir"},
    {"fd", "", "use"},
    {"lnk_file", FileCommon, ""},
    {"chr_file", FileCommon, ""},
    {"blk_file", FileCommon, ""},
    {"sock_file", FileCommon, ""},
    {"fifo_file", FileCommon, ""},
    {"socket", SocketCommon, ""},
    {"tcp_socket", SocketCommon, "node_bind name_connect"},
    {"udp_socket", SocketCommon, "node_bind"},
    {"rawip_socket", SocketCommon, "node_bind"},
    {"unix_stream_socket", SocketCommon, "connectto"},
    {"unix_dgram_socket", SocketCommon, ""},
    {"sem", IpcCommon, ""},
    {"msgq", IpcCommon, "enqueue"},
    {"shm", IpcCommon, "lock"},
    {"dbus", "", "acquire_svc send_msg"},
    {"key", "", "view read write search link setattr create"},
    {"binder", "", "impersonate call set_context_mgr transfer"},
    {"service", "", "start stop status reload enable disable"},
};

void append_words(std::string_view text, std::vector<std::string_view>& words) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::vector<KernelClass> build() {
  std::vector<KernelClass> classes;
  for (const Row& row : Rows) {
    KernelClass& added = classes.emplace_back(KernelClass{row.name, {}});
    append_words(row.inherited, added.permissions);
    append_words(row.own, added.permissions);
  }
  return classes;
}

}  // namespace

bool KernelClass::has(std::string_view permission) const {
  return std::find(permissions.begin(), permissions.end(), permission) != permissions.end();
}

const std::vector<KernelClass>& kernel_classes() {
  static const std::vector<KernelClass> classes = build();
  return classes;
}

const KernelClass* find_kernel_class(std::string_view name) {
  for (const KernelClass& candidate : kernel_classes()) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

}  // namespace bh

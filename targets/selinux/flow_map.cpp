#include "targets/selinux/flow_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace bh::selinux {
namespace {

// What brings data to the source: contents, what is run, names and attributes of objects.
constexpr std::string_view Reads =
    "read execute execute_no_trans entrypoint execmod map search getattr recv recvfrom receive "
    "receive_from nlmsg_read nlmsg_readpriv ingress flow_in forward_in getcap getsched getsession "
    "getpgid getrlimit getopt accept view get_value get_param get_property list_child "
    "list_property "
    "copy export map_read module_load firmware_load kexec_image kexec_initramfs policy_load "
    "x509_certificate syslog_read read_policy status watch watch_mount watch_sb watch_with_perm "
    "watch_reads quotaget ipc_info unix_read query saver_getattr getfocus getstat getpwd getgrp "
    "gethost getserv shmempwd shmemgrp shmemhost shmemserv kernel cpu tracepoint select "
    "install_module "
    "load_module";

// What takes data from the source: contents, names it gives, attributes it sets, signals it sends.
constexpr std::string_view Writes =
    "write append create unlink link rename setattr relabelto add_name remove_name reparent rmdir "
    "send sendto send_to send_msg nlmsg_write nlmsg_relay nlmsg_tty_audit egress flow_out "
    "forward_out "
    "transition dyntransition signal sigchld setpgid setsched setcap setrlimit setopt bind connect "
    "name_connect enqueue destroy insert update delete drop set_value set_param set_property "
    "add_child remove_child add_color remove_color paste paste_after_confirm map_write map_create "
    "prog_load prog_run transfer call unix_write passwd chfn chsh crontab start stop reload enable "
    "disable load_policy setbool setsecparam setenforce add remove manage manage_subnet setcontext "
    "attach_queue cmd import implement saver_setattr override_creds sqpoll write_ring";

constexpr std::string_view Both =
    "ptrace connectto ioctl mount remount mounton debug share relabelfrom access integrity "
    "confidentiality admin acquire_svc association";

// Powers and controls: that they are used is all that anybody learns.
constexpr std::string_view Neither =
    "open lock use fork sigkill sigstop signull noatsecure siginh rlimitinh setexec setfscreate "
    "setkeycreate setsockcreate setcurrent execmem execstack execheap nnp_transition "
    "nosuid_transition listen shutdown name_bind node_bind associate unmount quotaon quotamod "
    "audit_access chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap "
    "linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner "
    "sys_module "
    "sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time "
    "sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog "
    "wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore compute_av compute_create "
    "compute_member check_context compute_relabel compute_user setcheckreqprot validate_trans "
    "syslog_mod syslog_console module_request halt reboot undefined mmap_zero rootok polmatch "
    "override use_as_override impersonate set_context_mgr translate contains create_files_as "
    "install uninstall execute_proc bell blend expand freeze grab hide hide_cursor show "
    "show_cursor "
    "force_cursor saver_hide saver_show setfocus add_glyph remove_glyph next_value";

void words(std::string_view text, auto use) {
  while (!text.empty()) {
    const size_t end = text.find_first_of(" \t");
    if (end != 0) use(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> all;
  words(line.substr(0, line.find('#')), [&](std::string_view w) { all.push_back(w); });
  return all;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

const FlowMap& FlowMap::standard() {
  static const FlowMap map = [] {
    FlowMap made;
    const auto add = [&](std::string_view list, bool reads, bool writes) {
      words(list, [&](std::string_view w) {
        made.entries_.push_back({"", std::string(w), reads, writes});
      });
    };
    add(Reads, true, false);
    add(Writes, false, true);
    add(Both, true, true);
    add(Neither, false, false);
    std::ranges::sort(made.entries_, {}, &Entry::permission);
    return made;
  }();
  return map;
}

Result<FlowMap> FlowMap::parse(std::string_view text, const std::string& name, int least) {
  FlowMap map;
  std::optional<std::string> object_class;
  const auto any = [](std::string_view word) { return std::string(word == "*" ? "" : word); };
  bool counted = false;  // the file may begin with the number of classes
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> found = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (found.empty()) continue;
    if (!counted && found.size() == 1 && number(found[0])) {
      counted = true;
    } else if (found[0] == "class" && found.size() == 3) {
      object_class = any(found[1]);
    } else {
      const std::optional<int> weight = found.size() == 3 ? number(found[2]) : 10;
      const bool known = found.size() >= 2 && found.size() <= 3 && found[1].size() == 1 &&
                         std::string_view("rwbn").find(found[1]) != std::string_view::npos;
      if (!object_class || !known || !weight || *weight < 1 || *weight > 10)
        return fail(fmt::format("{}:{}: neither `class NAME N` nor `PERMISSION r|w|b|n WEIGHT`",
                                name, line));
      const char direction = *weight < least ? 'n' : found[1][0];
      map.entries_.push_back({*object_class, any(found[0]), direction == 'r' || direction == 'b',
                              direction == 'w' || direction == 'b'});
    }
  }
  if (map.entries_.empty()) return fail(fmt::format("'{}' maps no permission", name));
  std::ranges::stable_sort(map.entries_, {},
                           [](const Entry& e) { return std::tie(e.object_class, e.permission); });
  return map;
}

const FlowMap::Entry* FlowMap::find(std::string_view object_class,
                                    std::string_view permission) const {
  using Key = std::pair<std::string_view, std::string_view>;
  const Key keys[] = {{object_class, permission}, {object_class, ""}, {"", permission}, {"", ""}};
  for (const Key& key : keys) {
    const auto at = std::ranges::lower_bound(
        entries_, key, {}, [](const Entry& e) { return Key(e.object_class, e.permission); });
    if (at != entries_.end() && Key(at->object_class, at->permission) == key) return &*at;
  }
  return nullptr;
}

std::vector<Directions> FlowMap::directions(const Policy& policy) const {
  std::vector<Directions> all;
  for (const Class& object_class : policy.classes) {
    Directions& d = all.emplace_back();
    for (size_t bit = 0; bit < object_class.permissions.size(); ++bit) {
      const uint32_t mask = uint32_t{1} << bit;
      const Entry* entry = find(object_class.name, object_class.permissions[bit]);
      if (entry == nullptr) d.unknown |= mask;
      if (entry == nullptr || entry->reads) d.reads |= mask;
      if (entry == nullptr || entry->writes) d.writes |= mask;
    }
  }
  return all;
}

}  // namespace bh::selinux

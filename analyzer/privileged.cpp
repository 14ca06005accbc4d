#include "analyzer/privileged.h"

#include <algorithm>
#include <unordered_map>

namespace bh {
namespace {

template <class Kind>
struct Group {
  Kind kind;
  std::string_view functions;  // separated by spaces
};

constexpr Group<Privilege> Privileged[] = {
    {Privilege::Process,
     "fork vfork clone clone3 forkpty daemon execl execle execlp execv execve execvp execvpe "
     "execveat fexecve posix_spawn posix_spawnp system popen wordexp kill killpg tkill tgkill "
     "pthread_kill pidfd_send_signal sigqueue dlopen dlmopen setpriority sched_setscheduler "
     "sched_setaffinity setpgid setsid setrlimit prlimit"},
    {Privilege::Debug,
     "ptrace process_vm_readv process_vm_writev perf_event_open kcmp pidfd_getfd"},
    {Privilege::Identity,
     "setuid setgid seteuid setegid setreuid setregid setresuid setresgid setfsuid setfsgid "
     "setgroups initgroups cap_set_proc cap_set_flag cap_set_ambient cap_setgroups cap_setuid "
     "capset prctl setcon setexeccon setkeycreatecon setsockcreatecon setlogin setusercontext "
     "setpcred"},
    {Privilege::Accounts,
     "getpwnam getpwnam_r getpwuid getpwuid_r getpwent setpwent endpwent getspnam getspnam_r "
     "getspent getgrnam getgrnam_r getgrgid getgrgid_r getgrent getgrouplist getnetgrent "
     "innetgr crypt crypt_r pam_start pam_authenticate pam_acct_mgmt pam_chauthtok pam_setcred "
     "pam_open_session pam_close_session pam_end pam_get_user pam_putenv"},
    {Privilege::Files,
     "open open64 openat openat64 open_by_handle_at creat creat64 fopen fopen64 freopen "
     "fdopendir opendir scandir glob nftw ftw fts_open unlink unlinkat remove rename renameat "
     "renameat2 link linkat symlink symlinkat mkdir mkdirat rmdir mknod mknodat mkfifo "
     "mkfifoat mkstemp mkostemp mkdtemp mktemp tmpfile truncate truncate64 stat stat64 lstat "
     "lstat64 fstatat fstatat64 statx access faccessat euidaccess eaccess readlink readlinkat "
     "realpath chdir utime utimes utimensat setxattr lsetxattr removexattr getxattr lgetxattr "
     "inotify_add_watch fanotify_mark"},
    {Privilege::Owners,
     "chmod fchmod fchmodat chown fchown lchown fchownat umask acl_set_file acl_set_fd "
     "setfilecon lsetfilecon fsetfilecon setfscreatecon cap_set_file cap_set_fd"},
    {Privilege::Mounts,
     "mount umount umount2 chroot pivot_root unshare setns fsopen fsmount move_mount open_tree "
     "swapon swapoff quotactl"},
    {Privilege::Network,
     "socket connect bind listen accept accept4 getaddrinfo getnameinfo gethostbyname "
     "gethostbyname_r gethostbyname2 gethostbyaddr res_query res_search res_init getifaddrs "
     "rcmd ruserok"},
    {Privilege::Clock,
     "clock_settime clock_adjtime settimeofday adjtime adjtimex ntp_adjtime stime"},
    {Privilege::Terminal,
     "openpty posix_openpt getpt grantpt unlockpt ptsname login login_tty logout logwtmp "
     "updwtmp updwtmpx pututline pututxline utmpname utmpxname setutent setutxent vhangup"},
    {Privilege::Memory,
     "mlock mlockall mlock2 mprotect pkey_mprotect shm_open shm_unlink shmget shmat shmctl "
     "semget semop semctl msgget msgsnd msgrcv msgctl sem_open mq_open memfd_create "
     "userfaultfd"},
    {Privilege::Machine,
     "ioctl syscall init_module finit_module delete_module kexec_load reboot sethostname "
     "setdomainname iopl ioperm bpf klogctl acct keyctl add_key request_key io_uring_setup"},
};

constexpr Group<Input> Inputs[] = {
    {Input::Socket,
     "recv recvfrom recvmsg recvmmsg SSL_read SSL_read_ex SSL_peek gnutls_record_recv BIO_read "
     "BIO_gets mbedtls_ssl_read"},
    {Input::Descriptor, "read readv pread pread64 preadv mq_receive msgrcv getdents splice"},
    {Input::Stream,
     "fread fread_unlocked fgets fgets_unlocked gets getline getdelim getc getc_unlocked fgetc "
     "getchar scanf fscanf vfscanf"},
};

template <class Kind, size_t Size>
std::unordered_map<std::string_view, Kind> by_name(const Group<Kind> (&groups)[Size]) {
  std::unordered_map<std::string_view, Kind> found;
  for (const Group<Kind>& group : groups) {
    for (std::string_view rest = group.functions; !rest.empty();) {
      const size_t end = std::min(rest.find(' '), rest.size());
      found.emplace(rest.substr(0, end), group.kind);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return found;
}

const std::unordered_map<std::string_view, Privilege>& privileged() {
  static const auto table = by_name(Privileged);
  return table;
}

}  // namespace

std::string_view print(Privilege privilege) {
  switch (privilege) {
    case Privilege::Process:
      return "process";
    case Privilege::Debug:
      return "trace";
    case Privilege::Identity:
      return "identity";
    case Privilege::Accounts:
      return "accounts";
    case Privilege::Files:
      return "files";
    case Privilege::Owners:
      return "owners";
    case Privilege::Mounts:
      return "mounts";
    case Privilege::Network:
      return "network";
    case Privilege::Clock:
      return "clock";
    case Privilege::Terminal:
      return "terminal";
    case Privilege::Memory:
      return "memory";
    case Privilege::Machine:
      return "machine";
  }
  return "";
}

const std::vector<Privilege>& all_privileges() {
  static const std::vector<Privilege> all = {
      Privilege::Process, Privilege::Debug,    Privilege::Identity, Privilege::Accounts,
      Privilege::Files,   Privilege::Owners,   Privilege::Mounts,   Privilege::Network,
      Privilege::Clock,   Privilege::Terminal, Privilege::Memory,   Privilege::Machine};
  return all;
}

std::optional<Privilege> privilege_of(std::string_view function) {
  const auto found = privileged().find(function);
  if (found == privileged().end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> functions_with(Privilege privilege) {
  std::vector<std::string_view> found;
  for (const auto& [function, kind] : privileged())
    if (kind == privilege) found.push_back(function);
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<Input> input_of(std::string_view function) {
  static const auto table = by_name(Inputs);
  const auto found = table.find(function);
  if (found == table.end()) return std::nullopt;
  return found->second;
}

}  // namespace bh

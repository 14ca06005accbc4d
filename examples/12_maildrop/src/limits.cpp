#include "limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace maildrop {

void limit_descriptors(unsigned most) {
  const rlimit limit{most, most};
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void harden() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

}  // namespace maildrop

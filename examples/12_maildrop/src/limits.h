// What a process gives up before it looks at its first request.
#pragma once

namespace maildrop {

void limit_descriptors(unsigned most);
// No core files, no new rights by starting programs.
void harden();

}  // namespace maildrop

// The whole service, played through by a client of its own.
#pragma once

namespace maildrop {

// The number of answers that were not as they should be.
int self_test();

}  // namespace maildrop

// Journal: the object of this example. The policy makes it passive (it has no channel), so all it
// can do is keep what it is given.
#include "stubs/journal.h"

using namespace gateway;
using Entry = bh::user::Bytes<256>;

class File {
 public:
  bh_status open(Component) { return BH_OK; }
  bh_status append(Component, const Entry& data) {
    last_ = data;
    return BH_OK;
  }
  bh_status read(Component, Entry& data) {
    data = last_;
    return BH_OK;
  }

 private:
  Entry last_;
};

extern "C" void component_main() {
  File file;
  serve(file);
}

// Logger: keeps the lines, and how far the viewer has read.
#include "stubs/logger.h"

using namespace logger;
using Line = bh::user::Bytes<80>;

class Lines {
 public:
  bh_status append(Component, const Line& line) {
    if (count_ == lines_.size()) return BH_ERROR;
    lines_[count_++] = line;
    return BH_OK;
  }
  bh_status next(Component, Line& line) {
    line = read_ < count_ ? lines_[read_++] : Line();
    return BH_OK;
  }

 private:
  std::array<Line, 8> lines_;
  size_t count_ = 0;
  size_t read_ = 0;
};

extern "C" void component_main() {
  Lines lines;
  serve(lines);
}

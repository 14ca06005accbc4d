// Court: counts the hits. Whose turn it is it need not know: who reaches it, may.
#include "stubs/court.h"

using namespace pingpong;

class Game {
 public:
  bh_status hit(Component, uint32_t& hits) {
    hits = ++hits_;
    return BH_OK;
  }

 private:
  uint32_t hits_ = 0;
};

extern "C" void component_main() {
  Game game;
  serve(game);
}

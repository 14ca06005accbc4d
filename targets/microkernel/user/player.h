// What the player, one program for any component, is told to do: its part of a trace. Whoever boots
// it writes the script, and the ABI hash of the policy, into a copy of its image.
#pragma once

#include <stdint.h>

#include "targets/microkernel/abi/bh_table.h"

namespace bh::user {

struct PlayedCall {
  uint64_t microseconds = 0;  // since the start of the system: not asked before
  uint64_t channel = 0;
  uint64_t method = 0;
  uint64_t words[BH_WORDS] = {};  // the bytes of a message are zeroes
};

struct PlayedReply {
  uint64_t status = 0;
  uint64_t results[BH_WORDS] = {};
};

constexpr uint64_t PlayerMagic = 0x31524559414c5042;  // "BPLAYER1"
constexpr uint32_t MostPlayed = 500;

// It asks its calls in order, and answers whatever reaches it meanwhile and afterwards: the n-th
// message (call or event) with the n-th reply, those beyond the last with an error.
struct PlayerScript {
  uint64_t magic = PlayerMagic;
  uint32_t call_count = 0;
  uint32_t reply_count = 0;
  PlayedCall calls[MostPlayed];
  PlayedReply replies[MostPlayed];
};

}  // namespace bh::user

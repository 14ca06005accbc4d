// What a component must not be able to do, one case a number, and what must come of each. An attack
// that returns was not stopped: the attacker goes on by answering the call it serves.
#pragma once

#include <stdint.h>

namespace bh::boot_test {

enum class Attack : uint64_t {
#define ATTACK(name, outcome) name,
#include "tests/boot/attacks.def"
#undef ATTACK
  Count
};

enum class Verdict : uint8_t {
  StoppedMemory,  // stopped: an access to memory that it has not
  StoppedException,
  StoppedSyscall,
  StoppedBudget,
  RefusedChannel,  // refused by the monitor; it goes on
  RefusedMethod,
  RefusedDefault,
  RefusedCondition,
  RefusedTooLong,
  RefusedStale,
  NoEffect,  // it may do so, and nobody notices
  Ended,     // it ended by itself
  LetGo,     // its caller got an error at once
  Hoarding,  // it goes on for ever and never answers; its caller gets the call back in time
  Endless,   // it goes on for ever beside the others, who get their turns
};

// Each takes the cases of its section in attacks.def.
void attack_memory(Attack which);
void attack_by_instruction(Attack which);
void attack_by_call(Attack which);

inline void carry_out(Attack which) {
  if (which <= Attack::AllowedAccess) return attack_memory(which);
  if (which <= Attack::LeaveMark) return attack_by_instruction(which);
  attack_by_call(which);
}

// What the attacker of attack_matrix_test.cpp may call: its server, and nothing of the machine.
constexpr uint64_t ServerChannel = 0, MachineChannel = 1, AttackerChannels = 2;
enum ServerMethod : uint64_t {
  PlainMethod,        // two words, one back
  UngrantedMethod,    // not to the attacker
  ConditionalMethod,  // to the attacker if the first word is 1 or 2
  BytesMethod,        // one bytes parameter, bytes back
  TwoBytesMethod,     // two of them
  EventMethod,
  ServerMethods
};
constexpr uint16_t ServerNumber = 0, AttackerNumber = 1, ClientNumber = 2;

}  // namespace bh::boot_test

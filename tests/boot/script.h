// What a scripted component does. Shared by the boot tests, which write the steps into the image,
// and the component, which carries them out. A step whose outcome differs from what it expects ends
// the component with a line that says so.
#pragma once

#include <stdint.h>

namespace bh::boot_test {

enum class Op : uint32_t {
  Done = 0,  // exit(0)
  Call,      // channel, method, words; expects status and results
  Serve,  // receives `repeat` messages and answers each with status and results; expects arguments
  ServeAll,   // likewise, for ever
  Reply,      // answers what Serve received last and goes on
  Shutdown,   // status
  Exit,       // status
  Print,      // a line
  Spin,       // an endless loop
  Attack,     // case number in `method`
  LeaveMark,  // puts `status` into the one register that EL0 may write and no system call carries
  ExpectNoMark,
  WaitUntil,   // receives until words[0] microseconds since the start; expects no call to come
  SystemCall,  // svc number in `method`, x0 in `channel`, x1 in words[0]; expects `status` in x0
  Work,        // `repeat` thousand instructions, and then some
  LeaveTrace,  // in data, zeroed data, stack and message buffer
  ExpectNoTrace,
  Wild,            // words[0] system calls with random registers from seed words[1]
  CallUntilGone,   // calls channel and method, as Call does, and each time also method 0 of channel
                   // words[5], until that is refused
  CallWithDigest,  // likewise Call, with the 32 bytes in words[2..5] as its only argument
  Stage,  // the table of the script through `channel`, in parts of words[0] bytes; expects status
};

struct Step {
  Op op = Op::Done;
  uint32_t repeat = 1;
  uint64_t channel = 0;
  uint64_t method = 0;
  uint64_t words[6] = {};     // out: arguments of a call, results of Serve
  uint64_t status = 0;        // expected of a call; given by Serve, Shutdown, Exit
  uint64_t expected[6] = {};  // in: results of a call, arguments at Serve
  uint32_t bytes_out = 0;     // bytes to put into the message buffer before sending, all `fill_out`
  uint32_t bytes_in = 0;      // bytes to expect in it afterwards, all `fill_in`
  uint8_t fill_out = 0;
  uint8_t fill_in = 0;
  uint8_t reserved[6] = {};
};
static_assert(sizeof(Step) == 144);

constexpr uint64_t ScriptMagic = 0x5450495243534842;  // "BHSCRIPT"
constexpr uint32_t MaxSteps = 64;
constexpr uint32_t MaxTable = 8192;

struct Script {
  uint64_t magic = ScriptMagic;
  Step steps[MaxSteps];
  uint64_t end_channel = ~uint64_t{0};  // by which it may end the system, if it may
  uint32_t table_bytes = 0;
  uint8_t table[MaxTable] = {};
};

}  // namespace bh::boot_test

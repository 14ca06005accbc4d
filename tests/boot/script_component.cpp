#include "targets/microkernel/user/bulkhead.h"
#include "tests/boot/attacks.h"
#include "tests/boot/script.h"
#include "tests/boot/wild.h"

BH_COMPONENT(0xb007)

namespace bh::boot_test {

// Filled in by the test; volatile, so that the compiler does not know it.
extern "C" [[gnu::used]] const volatile Script script = {};

static void end_system(uint64_t status) {
  user::Words words{{status}};
  user::call(static_cast<uint16_t>(script.end_channel), BH_MACHINE_SHUTDOWN, words);
}

static void fail(uint32_t step, const char* what) {
  user::print("mismatch at step ");
  user::print_number(step);
  user::print(": ");
  user::print(what);
  user::print("\n");
  end_system(30);
  user::exit(30);
}

static user::Words load(const volatile uint64_t (&words)[6]) {
  user::Words w;
  for (int i = 0; i < 6; ++i) w.at[i] = words[i];
  return w;
}

static void fill(const volatile Step& step) {
  for (uint32_t i = 0; i < step.bytes_out; ++i) user::buffer()[i] = step.fill_out;
}

static void expect(const volatile Step& step, uint32_t number, const user::Words& words) {
  for (int i = 0; i < 6; ++i) {
    if (words.at[i] != step.expected[i]) fail(number, "words");
  }
  for (uint32_t i = 0; i < step.bytes_in; ++i) {
    if (user::buffer()[i] != step.fill_in) fail(number, "bytes");
  }
}

static void call(const volatile Step& step, uint32_t number) {
  for (uint32_t i = 0; i < step.repeat; ++i) {
    fill(step);
    user::Words words = load(step.words);
    bh_status status =
        user::call(static_cast<uint16_t>(step.channel), static_cast<uint8_t>(step.method), words);
    if (status != step.status) fail(number, "status");
    expect(step, number, words);
  }
}

static void call_until_gone(const volatile Step& step, uint32_t number) {
  user::Words words;
  do {
    call(step, number);
    words = {};
  } while (user::call(static_cast<uint16_t>(step.words[5]), 0, words) != BH_REFUSED);
}

static void call_with_digest(const volatile Step& step, uint32_t number) {
  for (uint32_t i = 0; i < 32; ++i) {
    user::buffer()[i] = static_cast<uint8_t>(step.words[2 + i / 8] >> (i % 8 * 8));
  }
  user::Words words{{32}};
  bh_status status =
      user::call(static_cast<uint16_t>(step.channel), static_cast<uint8_t>(step.method), words);
  if (status != step.status) fail(number, "status");
}

// The answer to the message received last, sent with the next Serve.
struct Pending {
  bool open = false;
  bh_status status = BH_OK;
  user::Words results;
};

static void serve(const volatile Step& step, uint32_t number, Pending& pending) {
  user::Message message =
      pending.open ? user::reply_and_receive(pending.status, pending.results) : user::receive();
  if (step.op == Op::Serve) {
    expect(step, number, message.words);
    if (message.method != step.method) fail(number, "method");
  }
  fill(step);
  pending = {true, static_cast<bh_status>(step.status), load(step.words)};
}

constinit static volatile uint64_t in_data = 7;
constinit static volatile uint64_t in_bss = 0;

// Far below whatever main uses of the stack.
static volatile uint64_t& in_stack() {
  return *reinterpret_cast<volatile uint64_t*>(0x0fff0000 - 3 * 4096);
}

static void leave_trace() {
  in_data = 0x5a;
  in_bss = 0x5a;
  in_stack() = 0x5a;
  user::buffer()[17] = 0x5a;
}

static void expect_no_trace(uint32_t number) {
  if (in_data != 7 || in_bss != 0) fail(number, "a trace in the data");
  if (in_stack() != 0) fail(number, "a trace on the stack");
  if (user::buffer()[17] != 0) fail(number, "a trace in the buffer");
}

static void stage(const volatile Step& step, uint32_t number) {
  const auto part = static_cast<uint32_t>(step.words[0]);
  for (uint32_t at = 0; at < script.table_bytes; at += part) {
    const uint32_t left = script.table_bytes - at;
    const uint32_t bytes = left < part ? left : part;
    for (uint32_t i = 0; i < bytes; ++i) user::buffer()[i] = script.table[at + i];
    user::Words words{{at, bytes}};
    const bh_status status =
        user::call(static_cast<uint16_t>(step.channel), BH_MACHINE_STAGE, words);
    if (status != step.status) fail(number, "status");
  }
}

#define BH_RAW_SYSTEM_CALL(number)                                                             \
  asm volatile("svc #" #number                                                                 \
               : "+r"(x0), "+r"(x1)::"memory", "cc", "x2", "x3", "x4", "x5", "x6", "x7", "x8", \
                 "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17")

static uint64_t system_call(uint64_t number, uint64_t a, uint64_t b) {
  register uint64_t x0 asm("x0") = a;
  register uint64_t x1 asm("x1") = b;
  if (number == BH_CALL)
    BH_RAW_SYSTEM_CALL(0);
  else if (number == BH_PRINT)
    BH_RAW_SYSTEM_CALL(4);
  else if (number == BH_REPLY)
    BH_RAW_SYSTEM_CALL(5);
  else
    BH_RAW_SYSTEM_CALL(77);
  return x0;
}

static void run(const volatile Step& step, uint32_t number, Pending& pending) {
  switch (step.op) {
    case Op::Done:
      user::exit(0);
    case Op::Call:
      return call(step, number);
    case Op::Serve:
      for (uint32_t i = 0; i < step.repeat; ++i) serve(step, number, pending);
      return;
    case Op::ServeAll:
      for (;;) serve(step, number, pending);
    case Op::Reply:
      user::reply(pending.status, pending.results);
      pending = {};
      return;
    case Op::Shutdown:
      return end_system(step.status);
    case Op::Exit:
      user::exit(step.status);
    case Op::Print:
      for (uint32_t i = 0; i < step.repeat; ++i)
        user::print("a line of text that is longer than one system call carries at once\n");
      return;
    case Op::Spin:
      for (;;) asm volatile("");
    case Op::Attack:
      return carry_out(static_cast<Attack>(step.method));
    case Op::LeaveMark:
      asm volatile("msr tpidr_el0, %0" ::"r"(uint64_t{step.status}));
      return;
    case Op::ExpectNoMark: {
      uint64_t mark = 0;
      asm volatile("mrs %0, tpidr_el0" : "=r"(mark));
      if (mark != 0) fail(number, "a mark of another component");
      return;
    }
    case Op::WaitUntil:
      if (user::receive_until(step.words[0])) fail(number, "a call came");
      return;
    case Op::Wild:
      user::print("hash of all answers ");
      user::print_number(make_wild_calls(step.words[0], step.words[1]));
      return user::print("\n");
    case Op::CallUntilGone:
      return call_until_gone(step, number);
    case Op::SystemCall:
      if (system_call(step.method, step.channel, step.words[0]) != step.status)
        fail(number, "status");
      return;
    case Op::Work:
      for (uint32_t left = step.repeat * 500; left > 0; --left) asm volatile("");
      return;
    case Op::Stage:
      return stage(step, number);
    case Op::LeaveTrace:
      return leave_trace();
    case Op::CallWithDigest:
      return call_with_digest(step, number);
    case Op::ExpectNoTrace:
      return expect_no_trace(number);
  }
}

}  // namespace bh::boot_test

extern "C" void component_main() {
  using namespace bh::boot_test;
  Pending pending;
  for (uint32_t i = 0; i < MaxSteps; ++i) run(script.steps[i], i, pending);
}

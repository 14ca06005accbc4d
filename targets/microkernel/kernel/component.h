// A component as the kernel sees it: registers, what it waits for, whom it serves.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "targets/microkernel/arch/arch.h"
#include "targets/microkernel/monitor/decide.h"

namespace bh::kernel {

// All zero is the start, so that thousands of components take no room in the kernel's file.
enum class Life : uint8_t {
  Ended,      // has exited, was stopped, or never was; never runs again
  Ready,      // runs, or could
  Receiving,  // waits for a call
  Waiting,    // likewise, but not beyond `until`
  Calling,    // its call waits until the receiver receives
  Awaiting,   // its call was delivered; it waits for the reply
  Telling,    // has crashed, and the news of it waits until a receiver receives; else as Ended
};

// The call that a component has made. Valid while it is Calling, Awaiting or Telling.
struct OpenCall {
  const bh_edge* edge = nullptr;
  const bh_method* method_row = nullptr;
  uint32_t bytes = 0;
  bool plain = false;  // took the fast path: see kernel/fast_path.h
  uint16_t channel = 0;
  uint16_t method = 0;
};

// Begins anew whenever a message reaches the component.
struct alignas(8) Spent {
  uint32_t ticks = 0;  // timer ticks used
  uint32_t since = 0;  // the millisecond in which its call was first seen waiting; 0: not yet
};

// One line of debugging output, kept until it is complete.
struct PrintLine {
  static constexpr uint32_t Capacity = 80;
  char text[Capacity] = {};
  uint32_t length = 0;
};

struct alignas(512) Component {
  Context context;

  Component* next = nullptr;  // those that are present form a ring, in order
  Life life = Life::Ended;
  uint16_t index = 0;
  uint32_t id = 0;     // index | generation << 16
  uint64_t until = 0;  // Waiting only: ticks of the clock
  Spent spent;
  Component* serves = nullptr;  // the caller whose call it has received and not yet answered
  OpenCall call;
  const bh_component* row = nullptr;
  const bh_edge* edges = nullptr;   // its channels, edge_count of them: what the row says, at hand
  const uint32_t* plain = nullptr;  // what the straight path may grant on each of them
  uint32_t edge_count = 0;
  uint8_t* buffer = nullptr;  // its message buffer, BH_BUFFER_BYTES

  // Components in life Calling or Telling towards this one, oldest first.
  Component* first_waiting = nullptr;
  Component* last_waiting = nullptr;
  Component* next_waiting = nullptr;

  PrintLine line;

  uint64_t* words() { return context.x + 2; }
  bool present() const { return buffer != nullptr; }  // has an image; else it is Ended for good
  bool receives() const { return life == Life::Receiving || life == Life::Waiting; }
  bool asks() const { return life == Life::Calling || life == Life::Awaiting; }
  bool gone() const { return life == Life::Ended || life == Life::Telling; }
};
static_assert(sizeof(Component) == 512);  // components are found by a shift
static_assert(offsetof(Component, context) == 0);

}  // namespace bh::kernel

// The independent reader of a monitor blob. It shares the format's header
// (targets/microkernel/abi/bh_table.h) and nothing else with the emitter and the kernel: its own
// bounds checks, its own reading of every field. What it gives back is compared with the model
// (validate.h), so a fault in the emitter cannot hide in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/condition.h"

namespace bh {

// A blob as it says of itself. Indices are row numbers of the blob.
struct DecodedPolicy {
  struct Channel {
    uint32_t endpoint = 0;
    std::vector<ConditionId> granted;  // by method, in `conditions`; False when refused
    uint32_t audited = 0;              // bit m: granted calls of method m leave a record
  };
  struct Component {
    std::string name;
    bool may_shutdown = false;
    std::optional<std::array<uint8_t, 32>> image;  // SHA-256 of the only image it may run
    std::vector<Channel> channels;
  };
  struct Method {
    std::string name;
    bool event = false;
    uint32_t argument_words = 0;
    uint32_t argument_bytes = 0;  // bit w: word w is a size
    uint32_t result_words = 0;
    uint32_t result_bytes = 0;
    ConditionId results;  // what an ok reply must meet
  };
  struct Step {
    std::array<std::optional<uint32_t>, 3> next;  // by outcome: granted, ok, error
    std::optional<uint32_t> limited;              // outcome
    uint32_t counter = 0;                         // meaningful when limited
    uint32_t limit = 0;
    uint32_t mover = 0;    // 0 anyone, 1 the holder, 2 anyone but the holder
    uint64_t callers = 0;  // bit c: component c may take it; 0 without any step
    bool operator==(const Step&) const = default;
  };
  struct State {
    uint32_t timeout_ms = 0;  // 0: none
    std::optional<uint32_t> next;
    bool operator==(const State&) const = default;
  };
  struct Protocol {
    std::string name;
    bool per_caller = false;
    std::vector<State> states;
    uint32_t initial = 0;
    uint32_t counters = 0;
    std::vector<Step> steps;  // [state * methods of its endpoint + method]
  };
  struct Endpoint {
    std::string name;
    uint32_t receiver = 0;
    std::vector<Method> methods;
    std::vector<Protocol> protocols;
  };
  uint64_t abi_hash = 0;
  uint64_t policy_version = 0;
  uint32_t budget_ms = 0;
  std::vector<Component> components;
  std::vector<Endpoint> endpoints;
  Conditions conditions;  // words are 64 bits; nothing is assumed of their ranges
};

// Fails, saying what is wrong, unless every byte is what the format asks for. Time and memory
// linear in the number of bytes, at most BH_MAX_BLOB_BYTES.
Result<DecodedPolicy> decode_blob(std::span<const std::byte> blob);

}  // namespace bh

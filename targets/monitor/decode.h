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
  // What a record keeps: enum bh_keep.
  struct Profile {
    std::array<uint32_t, 3> about{};  // who, what, why
    std::array<uint32_t, 6> words{};
    std::array<uint64_t, 6> multiples{};  // 0 where it keeps no multiple
    uint32_t one_in = 1;
    std::optional<uint32_t> sample;  // its counter; profiles with the same count together
    bool operator==(const Profile&) const = default;
  };
  struct Record {
    std::optional<uint32_t> granted;  // in `profiles`; nothing leaves none
    uint32_t refused = 0;
  };
  struct Right {
    std::vector<ConditionId> granted;  // by method, in `conditions`; False when refused
    std::vector<Record> records;       // by method
  };
  struct Channel {
    uint32_t endpoint = 0;
    uint32_t right = 0;  // in `rights`
  };
  struct Component {
    std::string name;
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
    ConditionId results;     // what an ok reply must meet
    uint32_t bad_reply = 0;  // in `profiles`: of a reply that does not
  };
  struct Step {
    std::array<std::optional<uint32_t>, 3> next;  // by outcome: granted, ok, error
    std::optional<uint32_t> limited;              // outcome
    uint32_t counter = 0;                         // meaningful when limited
    uint32_t limit = 0;
    uint32_t mover = 0;             // 0 anyone, 1 the holder, 2 anyone but the holder
    std::vector<uint64_t> callers;  // bit c of the whole: component c may take it; empty: everyone
    bool operator==(const Step&) const = default;
  };
  struct State {
    std::string name;
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
    std::string name;  // within its receiver
    uint32_t receiver = 0;
    uint32_t service =
        0;  // what the kernel answers there: 0 nothing, 1 life, 2 the machine, 3 crashes
    std::vector<Method> methods;
    std::vector<Protocol> protocols;
  };
  uint64_t abi_hash = 0;
  uint64_t policy_version = 0;
  uint32_t budget_ms = 0;
  uint32_t call_ms = 0;
  std::vector<Component> components;
  std::vector<Endpoint> endpoints;
  std::vector<Right> rights;
  std::vector<Profile> profiles;  // the first: of refusals of what has no name
  Conditions conditions;          // words are 64 bits; nothing is assumed of their ranges
};

// Fails, saying what is wrong, unless every byte is what the format asks for. Time and memory
// linear in the number of bytes, at most BH_MAX_BLOB_BYTES.
Result<DecodedPolicy> decode_blob(std::span<const std::byte> blob);

}  // namespace bh

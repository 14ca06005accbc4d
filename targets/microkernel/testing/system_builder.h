// Small systems for tests: a table blob, an image archive and the system image of both from a plain
// description. Host only. Of the policy compiler it knows how images are packed, not how tables are
// written, so that kernel and emitter can be wrong only independently.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "targets/microkernel/abi/bh_image.h"
#include "targets/microkernel/abi/bh_table.h"
#include "targets/microkernel/monitor/restrict.h"

namespace bh::kernel::testing {

using ByteVector = std::vector<uint8_t>;

struct WordTest {
  uint8_t word = 0;
  uint64_t low = 0;
  uint64_t high = 0;
  uint64_t mask = ~uint64_t{0};
  bool operator==(const WordTest&) const = default;
};
using Condition =
    std::vector<std::vector<WordTest>>;  // a disjunction of conjunctions; none of them empty

// What a record keeps (struct bh_profile). Everything, always, unless it says otherwise.
struct ProfileSpec {
  uint8_t who = BH_KEEP_EXACT;
  uint8_t what = BH_KEEP_EXACT;
  uint8_t why = BH_KEEP_EXACT;
  std::array<uint8_t, BH_WORDS> words{};
  std::array<uint64_t, BH_WORDS> multiples{};
  uint32_t one_in = 1;
  uint32_t sampler = 0;  // profiles of one sampler count together; of 1 in 1: nothing
  bool operator==(const ProfileSpec&) const = default;
};

struct RecordSpec {
  ProfileSpec granted;
  ProfileSpec refused;
};

struct MethodSpec {
  uint8_t arg_words = 0;
  uint8_t arg_bytes_mask = 0;
  uint8_t result_words = 0;
  uint8_t result_bytes_mask = 0;
  bool event = false;
  Condition result_condition;  // empty: none
  ProfileSpec results = {};
  bool operator==(const MethodSpec&) const = default;
};

struct StepSpec {
  uint8_t from = 0;
  uint32_t method = 0;
  bh_outcome outcome = BH_OUTCOME_CALL;
  uint8_t to = 0;
  uint32_t at_most = 0;              // 0: without limit
  bh_mover mover = BH_MOVER_ANYONE;  // of the whole (from, method), like callers
  std::optional<std::vector<uint16_t>> callers = std::nullopt;  // ascending; nothing: everyone
};

struct TimeoutSpec {
  uint8_t from = 0;
  uint32_t ms = 0;
  uint8_t to = 0;
};

struct ProtocolSpec {
  bh_instance instance = BH_INSTANCE_PER_CALLER;
  uint8_t states = 1;
  uint8_t initial = 0;
  std::vector<StepSpec> steps;
  std::vector<TimeoutSpec> timeouts = {};
  std::string name = {};
  std::vector<std::string> state_names = {};
};

struct EndpointSpec {
  uint16_t receiver = 0;
  std::vector<MethodSpec> methods;
  std::vector<ProtocolSpec> protocols;
  bh_service service = BH_SERVICE_NONE;
};

struct EdgeSpec {
  uint16_t endpoint = 0;
  uint32_t allow = 0;
  uint32_t audit = 0;
  std::map<uint32_t, Condition> conditions;     // by method
  std::map<uint32_t, RecordSpec> records = {};  // by method; exact where there is none
};

struct ComponentSpec {
  std::vector<EdgeSpec> edges;  // by growing endpoint
  bool ends = false;            // may end the system: by one more channel, its last, to the machine
  ByteVector bound_image;       // hashed into the row if not empty
};

struct SystemSpec {
  std::vector<ComponentSpec> components;
  std::vector<EndpointSpec> endpoints;
  uint64_t abi_hash = 0xb007;
  uint64_t policy_version = 1;
  uint32_t budget_ms = 50;
  ProfileSpec unnamed = {};  // of refusals of what has no name
  uint32_t call_ms = 0;
};

ByteVector build_blob(const SystemSpec& system);
// The channel of a component that `ends`.
inline uint64_t end_channel(const ComponentSpec& component) { return component.edges.size(); }
// Recomputes the hash of a blob that a test has changed.
void seal_blob(ByteVector& blob);

// An empty image: the component is absent.
ByteVector build_archive(const std::vector<ByteVector>& images, uint32_t flags,
                         uint32_t run_limit_ms, const AuditKey& key = {});

struct ImageSpec {
  ByteVector blob;
  ByteVector archive;
  uint32_t healthy_ms = 100;
  ByteVector salt = ByteVector(32, 0x5a);
};
// The whole system image (abi/bh_image.h). Its policy version is that of the blob.
ByteVector build_image(const ImageSpec& spec);
// Recomputes the digest of an image whose first block a test has changed.
void seal_image(ByteVector& image);
ByteVector digest_of(const ByteVector& image);

}  // namespace bh::kernel::testing

// Runs a system in QEMU and reads what the kernel wrote. Time is counted in instructions, so every
// run of the same bytes is the same run.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "targets/microkernel/testing/system_builder.h"
#include "tests/boot/script.h"

namespace bh::boot_test {

using kernel::testing::ByteVector;

struct Outcome {
  int exit = -1;                      // QEMU's exit code; 124: it had to be killed
  std::vector<nlohmann::json> audit;  // the audit lines, in order
  std::vector<std::string> printed;   // the lines of components, with their mark
  nlohmann::json boot;                // the boot line, or null
  nlohmann::json last;                // the exit line, or null
  std::string text;                   // everything

  // The audit lines of one kind.
  std::vector<nlohmann::json> of(const std::string& kind) const;
};

ByteVector read_bytes(const std::string& path);
// The scripted component with this script written into it.
ByteVector scripted(const std::vector<Step>& steps, const ByteVector& table = {});

// With the channel by which each script may end the system, for those who may.
std::vector<ByteVector> images_of(const kernel::testing::SystemSpec& system,
                                  std::vector<ByteVector> images);

struct Boot {
  ByteVector blob;
  ByteVector archive;
  std::string memory = {};  // see struct Machine
};
// Both as the image of slot A, on a machine without flash.
Outcome run(const Boot& boot);

// A folder of our own that goes away with the object.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};
// What outlives a run.
struct Machine {
  ByteVector slots[2];
  ByteVector flash;         // the first two erase blocks; empty: there is no flash
  std::string memory = {};  // the file that is its memory: what a boot leaves, the next finds
};
// One outcome for each time that it started. The last one's `exit` is QEMU's, the others' what the
// kernel wrote.
std::vector<Outcome> run(Machine& machine);

// One image a component.
Outcome run(const kernel::testing::SystemSpec& system, const std::vector<ByteVector>& images,
            uint32_t flags = BH_ARCHIVE_VERBOSE, uint32_t run_limit_ms = 5000);

}  // namespace bh::boot_test

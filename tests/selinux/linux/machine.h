// One boot of a real kernel under a policy, and what was found there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "targets/selinux/facts.h"
#include "tests/selinux/linux/rig.h"

namespace bh::linux_test {

// One thing that a process of one domain tries on something of a type.
struct Attempt {
  std::string operation;  // of operations.def
  std::string source;
  std::string target;
  TeFacts needs;  // what type enforcement asks for
};

// Each operation on a class that the policy's interfaces have, by each domain, on each type (of
// processes: each domain).
std::vector<Attempt> all_attempts(const Emitted& emitted);

struct Outcome {
  uint64_t process = 0;  // the number of the process that tried
  std::string context;   // in which it ran
  int result = 0;        // 0, an errno, or 128 and a signal
};

struct Findings {
  std::string policy;              // the compiled policy that was loaded
  std::vector<std::string> types;  // that were asked about
  TeFacts facts;                   // every permission that the kernel allows among them
  uint64_t classes = 0;            // in the loaded policy
  uint64_t asked = 0;              // decisions: types x types x classes
  std::vector<Outcome> outcomes;   // by attempt
  std::string log;                 // the kernel's
};

// The minimal base, the rig and the modules, linked: the compiled policy, as bytes.
Result<std::string> compile(const std::vector<Emitted>& all);

// Boots with a compiled policy and does what the plan says (guest/main.cpp); what the guest tells.
// Fails with "SKIPPED: .." when something is not installed or cannot be fetched.
Result<std::string> run_guest(const std::string& policy, const std::string& plan);

struct Question {
  std::string source;  // contexts
  std::string target;
  std::string object_class;
};

// What the kernel allows under the policy of what is asked: permissions in hexadecimal, by
// question; "none" where one of the contexts is none. Fails as run_guest() does.
Result<std::vector<std::string>> ask_kernel(const std::string& policy,
                                            const std::vector<Question>& questions);

// Adds what run_guest() returned.
void read_told(const std::string& text, Findings& findings);

// Boots once with all modules. Fails with "SKIPPED: .." when something is not installed or cannot
// be fetched.
Result<Findings> boot(const std::vector<Emitted>& all, const std::vector<Attempt>& attempts);

}  // namespace bh::linux_test

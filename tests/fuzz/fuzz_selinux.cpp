// What we parse ourselves of SELinux policies: the answer of the process that runs libsepol, and
// maps of flow directions, file contexts and their paths. Whatever is taken for a policy must be
// safe to ask.
#include <cstdint>
#include <string_view>

#include "targets/selinux/binary_facts.h"
#include "targets/selinux/decide.h"
#include "targets/selinux/flow.h"
#include "targets/selinux/flow_map.h"
#include "targets/selinux/paths.h"
#include "targets/selinux/print_labels.h"
#include "targets/selinux/wire.h"

namespace {

// The first types are those of a module, the first boolean chooses between its settings.
void read_back(const bh::selinux::Policy& policy, std::string_view file_contexts) {
  bh::SelinuxScope scope;
  for (size_t i = 0; i < policy.types.size() && i < 3; ++i)
    scope.types.insert(policy.types[i].name);
  if (policy.bools.empty()) {
    scope.settings.values = {{}};
  } else {
    scope.settings = {{policy.bools[0].name}, {{false}, {true}}};
  }
  (void)bh::read_facts(policy, file_contexts, scope);
}

void ask(const bh::selinux::Policy& policy) {
  using namespace bh::selinux;
  constexpr size_t MostCells = 1 << 16;  // what is asked is every pair of them
  if (policy.types.size() * policy.classes.size() > MostCells || policy.types.size() > 64) return;
  const FlowGraph graph(policy, FlowMap::standard());
  const std::vector<bool> values = standard_values(policy);
  for (uint32_t type = 0; type < policy.types.size(); ++type) {
    const Context context{0, 0, type, {}};
    (void)graph.direct(type).size();
    if (policy.users.empty() || policy.roles.empty() || policy.classes.empty() || policy.mls)
      continue;
    (void)decide(policy, context, context, 0, 1, values);
  }
  if (policy.mls) (void)parse_range(policy, "s0:c0.c1 - s0:c0,c2");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)bh::selinux::FlowMap::parse(bytes, "map");
  (void)bh::wrong_with_path_expression(bytes);
  read_back({}, bytes);
  if (const auto policy = bh::selinux::decode(bytes)) {
    ask(*policy);
    if (policy->access.size() < 10'000) read_back(*policy, "");
  }
  return 0;
}

// Which rows of a blob several parts of a policy share, numbered by first use as
// targets/microkernel/abi/bh_table.h asks for.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

struct SharedRows {
  // Endpoints with the same methods have one interface; those without any have none.
  static constexpr uint32_t NoInterface = 0xffff'ffff;
  std::vector<EndpointId> interfaces;                  // the first endpoint of each
  Store<EndpointId, uint32_t> interface_of;            // index into interfaces, or NoInterface
  std::vector<const Channel*> rights;                  // the first channel of each
  Store<ComponentId, std::vector<uint32_t>> right_of;  // by channel
  std::vector<uint32_t> condition_first;               // by right: row of its first condition
};

// Points into the table.
SharedRows shared_rows(const Model& model, const DecisionTable& table);

}  // namespace bh

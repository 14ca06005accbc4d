// Which endpoints of a policy the kernel serves itself.
#pragma once

#include <cstdint>

#include "core/model/model.h"

namespace bh {

// As enum bh_service of targets/microkernel/abi/bh_table.h.
enum class Service : uint8_t {
  None,     // a component receives
  Life,     // the endpoint `life` of a component: Life of std.life
  Machine,  // an object with System of std.machine
  Crashes,  // handles Life: the kernel tells of crashes in the name of who has crashed
};

Service service_of(const Model& model, EndpointId endpoint);

}  // namespace bh

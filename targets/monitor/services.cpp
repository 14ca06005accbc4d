#include "targets/monitor/services.h"

#include <span>
#include <string_view>

#include "targets/microkernel/abi/bh_table.h"

namespace bh {

static_assert(static_cast<int>(Service::None) == BH_SERVICE_NONE);
static_assert(static_cast<int>(Service::Life) == BH_SERVICE_LIFE);
static_assert(static_cast<int>(Service::Machine) == BH_SERVICE_MACHINE);
static_assert(static_cast<int>(Service::Crashes) == BH_SERVICE_CRASHES);

namespace {

// A method as the kernel answers it: its name, and a w (a value) or b (a size in bytes) per word.
struct Served {
  std::string_view name;
  std::string_view words;
};

constexpr Served LifeMethods[] = {{"start", ""}, {"stop", ""}, {"restart", ""}};
static_assert(std::size(LifeMethods) == BH_LIFE_METHODS);
constexpr Served MachineMethods[] = {{"shutdown", "w"}, {"watchdog", "w"}, {"stage", "wb"},
                                     {"reload", ""},    {"upgrade", "b"},  {"healthy", ""}};
static_assert(std::size(MachineMethods) == BH_MACHINE_METHODS);
constexpr Served CrashMethods[] = {{"crashed", ""}};

}  // namespace

static bool is(const Model& model, const Method& method, const Served& served) {
  std::string words;
  for (const Parameter& p : method.parameters) {
    words += model.types[p.type].kind == TypeKind::Bytes ? 'b' : 'w';
  }
  return method.name == served.name && words == served.words && method.results.empty();
}

// Whoever writes interfaces of these names and shapes himself means the same.
static bool offers(const Model& model, const Endpoint& endpoint, std::string_view interface,
                   std::span<const Served> methods) {
  if (model.interfaces[endpoint.interface].name != interface) return false;
  if (endpoint.operations.size() != methods.size()) return false;
  for (size_t i = 0; i < methods.size(); ++i) {
    if (!is(model, model.method_of(endpoint.operations[i]), methods[i])) return false;
  }
  return true;
}

Service service_of(const Model& model, EndpointId id) {
  const Endpoint& endpoint = model.endpoints[id];
  const bool object = model.components[endpoint.owner].kind == ComponentKind::Object;
  if (endpoint.role == EndpointRole::Handles) {
    return offers(model, endpoint, "Life", CrashMethods) ? Service::Crashes : Service::None;
  }
  if (object) {
    return offers(model, endpoint, "System", MachineMethods) ? Service::Machine : Service::None;
  }
  const bool life = endpoint.name == "life" && offers(model, endpoint, "Life", LifeMethods);
  return life ? Service::Life : Service::None;
}

}  // namespace bh

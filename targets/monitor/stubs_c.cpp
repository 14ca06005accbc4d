// What a component in C is given of its policy: names for the numbers of user/bulkhead_c.h.
#include <fmt/format.h>

#include "targets/monitor/emit.h"
#include "targets/monitor/stubs.h"

namespace bh {

namespace {

class CHeader {
 public:
  CHeader(const Model& model, const DecisionTable& table, ComponentId self)
      : model_(model), table_(table), self_(self) {}

  std::string write() {
    line("// {} as policy {} {} sees it, in C. Generated; do not edit.",
         model_.components[self_].name, model_.name, model_.version);
    line("#pragma once\n");
    line("#include \"targets/microkernel/user/bulkhead_c.h\"\n");
    line("BH_COMPONENT({:#018x})\n", abi_hash(model_, table_));
    line("enum {{");
    for (ComponentId id : model_.components.ids())
      line("  {}_component = {},", model_.components[id].name, id.value);
    line("}};");
    const std::vector<Channel>& channels = table_.channels[self_];
    for (uint32_t i = 0; i < channels.size(); ++i) channel(i, channels[i]);
    for (EndpointId id : model_.components[self_].endpoints) {
      if (!table_.endpoints[id].methods.empty()) own_endpoint(id);
    }
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  std::string scope(EndpointId id) const {
    const Endpoint& endpoint = model_.endpoints[id];
    const std::string& owner = model_.components[endpoint.owner].name;
    return endpoint.name.empty() ? owner : owner + "_" + endpoint.name;
  }
  void method(EndpointId endpoint, uint32_t number) {
    const OperationId operation = model_.endpoints[endpoint].operations[number];
    const Method& method = model_.method_of(operation);
    std::string words;
    for (const Parameter& p : method.parameters) words += " " + p.name;
    std::string results;
    for (const Parameter& p : method.results) results += " " + p.name;
    line("  {}_{} = {},  // words:{}; results:{}", scope(endpoint), method.name, number, words,
         results);
  }
  void channel(uint32_t number, const Channel& channel) {
    line("\n// may be called");
    line("enum {{");
    line("  {}_channel = {},", scope(channel.endpoint), number);
    for (const Grant& grant : channel.grants) method(channel.endpoint, grant.method);
    line("}};");
  }
  void own_endpoint(EndpointId id) {
    line("\n// receives");
    line("enum {{");
    line("  {}_endpoint = {},", scope(id), id.value);
    for (uint32_t m = 0; m < table_.endpoints[id].methods.size(); ++m) method(id, m);
    line("}};");
  }

  const Model& model_;
  const DecisionTable& table_;
  ComponentId self_;
  std::string text_;
};

}  // namespace

StubHeader make_c_stub(const Model& model, const DecisionTable& table, ComponentId component) {
  return {file_stem(model, component) + "_c.h", CHeader(model, table, component).write()};
}

}  // namespace bh

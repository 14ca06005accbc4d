// What a component in C is given of its policy: names for the numbers of user/bulkhead_c.h.
#include "targets/monitor/stub_writer.h"
#include "targets/monitor/stubs.h"

namespace bh {

namespace {

class CHeader : StubWriter {
 public:
  using StubWriter::StubWriter;

  std::string write() {
    open(", in C", "bulkhead_c.h");
    line("enum {{");
    for (ComponentId id : model_.components.ids()) line("  {}_component = {},", name(id), id.value);
    line("}};");
    const std::vector<Channel>& channels = table_.channels[self_];
    for (uint32_t i = 0; i < channels.size(); ++i) channel(i, channels[i]);
    for (EndpointId id : model_.components[self_].endpoints) {
      if (!table_.endpoints[id].methods.empty()) own_endpoint(id);
    }
    return std::move(text_);
  }

 private:
  std::string scope(EndpointId id) const {
    const Endpoint& endpoint = model_.endpoints[id];
    const std::string& owner = name(endpoint.owner);
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
};

}  // namespace

StubHeader make_c_stub(const Model& model, const DecisionTable& table, ComponentId component,
                       uint64_t abi) {
  return {file_stem(model, component) + "_c.h", CHeader(model, table, component, abi).write()};
}

}  // namespace bh

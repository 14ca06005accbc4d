// What the stub headers of both languages are written with.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "core/model/model.h"
#include "targets/monitor/emit.h"
#include "targets/table/decision_table.h"

namespace bh {

class StubWriter {
 public:
  // `abi` is abi_hash() of both, which is the same for every component.
  StubWriter(const Model& model, const DecisionTable& table, ComponentId self, uint64_t abi)
      : model_(model), table_(table), self_(self), abi_(abi) {}

 protected:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  // How each header starts; `reader`: for whom, behind "sees it".
  void open(std::string_view reader, std::string_view library) {
    line("// {} as policy {} {} sees it{}. Generated; do not edit.", name(self_), model_.name,
         model_.version, reader);
    line("#pragma once\n");
    line("#include \"targets/microkernel/user/{}\"\n", library);
    line("BH_COMPONENT({:#018x})\n", abi_);
  }
  const std::string& name(ComponentId id) const { return model_.components[id].name; }

  const Model& model_;
  const DecisionTable& table_;
  ComponentId self_;
  uint64_t abi_ = 0;
  std::string text_;
};

}  // namespace bh

// Stubs, typed C++20 and plain C, for the components of the microkernel: what the policy grants can
// be called, what it does not grant has no name. Built on
// targets/microkernel/user/{bulkhead,stub}.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "targets/table/decision_table.h"

namespace bh {

struct StubHeader {
  std::string file;  // "keystore.h": the component's name in lower case
  std::string text;
};

// "keystore" for KeyStore.
std::string file_stem(const Model& model, ComponentId component);

// For a component in C: enumerators for the numbers of targets/microkernel/user/bulkhead_c.h, of
// what it may call and of what it receives. "keystore_c.h". `abi` is abi_hash(model, table).
StubHeader make_c_stub(const Model& model, const DecisionTable& table, ComponentId component,
                       uint64_t abi);

// One C++ header per component and object, in declaration order, then make_c_stub's. Within
// namespace `policy name` a C++ header has
//   enum class Component        everyone, by number
//   Digest, ...                 the policy's named types
//   KeyStore::keys::sign(..)    per granted method; results are written to the last parameters
//   Parser::link::answer(..)    per endpoint of its own: hands a message to a handler's method
//   serve(..), serve_one(..)    answer messages for ever, or one; a handler per endpoint
// A C++ keyword gets an underscore: `export_`.
std::vector<StubHeader> make_stubs(const Model& model, const DecisionTable& table);

}  // namespace bh

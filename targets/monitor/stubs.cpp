#include "targets/monitor/stubs.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "targets/monitor/services.h"
#include "targets/monitor/stub_writer.h"

namespace bh {

std::string file_stem(const Model& model, ComponentId component) {
  std::string stem = model.components[component].name;
  std::transform(stem.begin(), stem.end(), stem.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return stem;
}

static std::string identifier(const std::string& name) {
  static const std::set<std::string_view> Keywords = {
      "alignas",       "alignof",     "and",
      "and_eq",        "asm",         "auto",
      "bitand",        "bitor",       "bool",
      "break",         "case",        "catch",
      "char",          "char8_t",     "char16_t",
      "char32_t",      "class",       "compl",
      "concept",       "const",       "consteval",
      "constexpr",     "constinit",   "const_cast",
      "continue",      "co_await",    "co_return",
      "co_yield",      "decltype",    "default",
      "delete",        "do",          "double",
      "dynamic_cast",  "else",        "enum",
      "explicit",      "export",      "extern",
      "false",         "float",       "for",
      "friend",        "goto",        "if",
      "inline",        "int",         "long",
      "mutable",       "namespace",   "new",
      "noexcept",      "not",         "not_eq",
      "nullptr",       "operator",    "or",
      "or_eq",         "private",     "protected",
      "public",        "register",    "reinterpret_cast",
      "requires",      "return",      "short",
      "signed",        "sizeof",      "static",
      "static_assert", "static_cast", "struct",
      "switch",        "template",    "this",
      "thread_local",  "throw",       "true",
      "try",           "typedef",     "typeid",
      "typename",      "union",       "unsigned",
      "using",         "virtual",     "void",
      "volatile",      "wchar_t",     "while",
      "xor",           "xor_eq"};
  return Keywords.contains(name) ? name + "_" : name;
}

namespace {

class Header : StubWriter {
 public:
  using StubWriter::StubWriter;

  std::string write() {
    open("", "stub.h");
    line("namespace {} {{", identifier(model_.name));
    everyone();
    types();
    for (uint32_t i = 0; i < table_.channels[self_].size(); ++i) channel(i);
    std::vector<EndpointId> own;
    for (EndpointId id : model_.components[self_].endpoints) {
      const Service service = service_of(model_, id);
      const bool received = service == Service::None || service == Service::Crashes;
      if (received && !table_.endpoints[id].methods.empty()) own.push_back(id);
    }
    for (EndpointId id : own) answer(id);
    if (!own.empty()) serve(own);
    line("");
    line("}}  // namespace {}", identifier(model_.name));
    return std::move(text_);
  }

 private:
  void everyone() {
    line("");
    line("enum class Component : uint16_t {{");
    for (ComponentId id : model_.components.ids())
      line("  {} = {},", identifier(name(id)), id.value);
    line("}};");
  }

  // ---- types
  // -------------------------------------------------------------------------------------------

  static bool is_named(const Type& type) {
    static const std::set<std::string_view> BuiltIn = {"bool", "u8", "u16", "u32", "u64", "bytes"};
    const bool word = std::all_of(type.name.begin(), type.name.end(),
                                  [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    return word && !type.name.empty() && !BuiltIn.contains(type.name);
  }
  static std::string integer_for(uint64_t highest) {
    if (highest <= UINT8_MAX) return "uint8_t";
    if (highest <= UINT16_MAX) return "uint16_t";
    return highest <= UINT32_MAX ? "uint32_t" : "uint64_t";
  }
  static uint64_t highest(const Type& type) { return type.domain.intervals().back().high; }
  static bool fixed_size(const Type& type) { return *type.domain.least() == highest(type); }

  static std::string spelled_out(const Type& type) {
    switch (type.kind) {
      case TypeKind::Bool:
        return "bool";
      case TypeKind::Integer:
      case TypeKind::Enum:
        return integer_for(highest(type));
      case TypeKind::Bytes:
        return fixed_size(type) ? fmt::format("std::array<uint8_t, {}>", highest(type))
                                : fmt::format("bh::user::Bytes<{}>", highest(type));
    }
    BH_CHECK(false);
  }
  std::string value_type(TypeId id) const {
    const Type& type = model_.types[id];
    return is_named(type) ? identifier(type.name) : spelled_out(type);
  }
  // As the parameter of a function that sends it.
  std::string argument_type(TypeId id) const {
    const Type& type = model_.types[id];
    if (type.kind != TypeKind::Bytes) return value_type(id);
    return fixed_size(type) ? "const " + value_type(id) + "&" : "std::span<const uint8_t>";
  }

  void types() {
    bool first = true;
    for (const Type& type : model_.types) {
      if (!is_named(type)) continue;
      if (first) line("");
      first = false;
      if (type.kind == TypeKind::Enum) {
        line("enum class {} : {} {{", identifier(type.name), spelled_out(type));
        for (const std::string& e : type.enumerators) line("  {},", identifier(e));
        line("}};");
      } else {
        line("using {} = {};  // {}", identifier(type.name), spelled_out(type), print(type.domain));
      }
    }
  }

  // ---- calls
  // -------------------------------------------------------------------------------------------

  std::string scope(EndpointId id) const {
    const Endpoint& endpoint = model_.endpoints[id];
    const std::string owner = identifier(name(endpoint.owner));
    return endpoint.name.empty() ? owner : owner + "::" + identifier(endpoint.name);
  }

  void channel(uint32_t number) {
    const Channel& channel = table_.channels[self_][number];
    line("");
    line("namespace {} {{", scope(channel.endpoint));
    line("inline constexpr uint16_t Channel = {};", number);
    for (const Grant& grant : channel.grants) call(channel.endpoint, grant);
    line("}}  // namespace {}", scope(channel.endpoint));
  }

  void call(EndpointId endpoint, const Grant& grant) {
    const OperationId operation = model_.endpoints[endpoint].operations[grant.method];
    const Method& method = model_.method_of(operation);
    line("");
    line("// {}", rules_text(grant, operation));
    std::string parameters;
    const auto add = [&](const std::string& type, const std::string& parameter) {
      parameters += (parameters.empty() ? "" : ", ") + type + " " + identifier(parameter);
    };
    for (const Parameter& p : method.parameters) add(argument_type(p.type), p.name);
    for (const Parameter& p : method.results) add(value_type(p.type) + "&", p.name);
    line("inline bh_status {}({}) {{", identifier(method.name), parameters);
    line("  bh::user::Outgoing bh_call;");
    for (const Parameter& p : method.parameters) line("  bh_call.put({});", identifier(p.name));
    if (method.results.empty()) {
      line("  return bh_call.call(Channel, {});", grant.method);
    } else {
      line("  const bh_status bh_result = bh_call.call(Channel, {});", grant.method);
      line("  if (bh_result != BH_OK) return bh_result;");
      line("  bh::user::Incoming bh_results(bh_call.words());");
      for (const Parameter& p : method.results) line("  bh_results.get({});", identifier(p.name));
      line("  return bh_result;");
    }
    line("}}");
  }

  std::string rules_text(const Grant& grant, OperationId operation) const {
    std::string text;
    for (RuleId id : grant.rules) {
      const Rule& rule = model_.rules[id];
      for (const ConditionalOperation& target : rule.targets) {
        if (target.operation != operation) continue;
        if (!text.empty()) text += "; ";
        text += (rule.kind == RuleKind::Allow ? "" : "not by ") + rule.name;
        if (target.when == Conditions::True) continue;
        text += " when " + print(model_, model_.conditions, operation, target.when);
      }
    }
    return text;
  }

  // ---- answers
  // -----------------------------------------------------------------------------------------

  void answer(EndpointId id) {
    line("");
    line("namespace {} {{", scope(id));
    line(
        "// Handler has, for each method: status of (Component caller, arguments.., results&..); "
        "void for events.");
    line("template <class Handler>");
    line(
        "void answer(Handler& bh_handler, const bh::user::Message& bh_message, bh::user::Reply& "
        "bh_reply) {{");
    line("  const auto bh_caller = static_cast<Component>(bh_message.caller);");
    line("  [[maybe_unused]] bh::user::Incoming bh_in(bh_message.words);");
    line("  switch (bh_message.method) {{");
    for (uint32_t m = 0; m < table_.endpoints[id].methods.size(); ++m) method_case(id, m);
    line("    default:");
    line("      bh_reply.status = BH_ERROR;");
    line("  }}");
    line("}}");
    line("}}  // namespace {}", scope(id));
  }

  void method_case(EndpointId id, uint32_t number) {
    const Method& method = model_.method_of(model_.endpoints[id].operations[number]);
    line("    case {}: {{", number);
    std::string arguments = "bh_caller";
    for (const Parameter& p : method.parameters) {
      line("      {} {}{{}};", value_type(p.type), identifier(p.name));
      line("      bh_in.get({});", identifier(p.name));
      arguments += ", " + identifier(p.name);
    }
    for (const Parameter& p : method.results) {
      line("      {} {}{{}};", value_type(p.type), identifier(p.name));
      arguments += ", " + identifier(p.name);
    }
    const char* result = method.kind == MethodKind::Event ? "" : "bh_reply.status = ";
    line("      {}bh_handler.{}({});", result, identifier(method.name), arguments);
    for (const Parameter& p : method.results) {
      const bool view =
          model_.types[p.type].kind == TypeKind::Bytes && !fixed_size(model_.types[p.type]);
      line("      bh_reply.results.put({}{});", identifier(p.name), view ? ".view()" : "");
    }
    line("      break;");
    line("    }}");
  }

  void serve(const std::vector<EndpointId>& own) {
    std::string classes;
    std::string parameters;
    std::string arguments;
    for (EndpointId id : own) {
      const std::string n = std::to_string(id.value);
      classes += (classes.empty() ? "class H" : ", class H") + n;
      parameters += (parameters.empty() ? "H" : ", H") + n + "& bh_h" + n;
      arguments += ", bh_h" + n;
    }
    line("");
    line("template <{}>", classes);
    line("void answer(const bh::user::Message& bh_message, bh::user::Reply& bh_reply, {}) {{",
         parameters);
    line("  switch (bh_message.endpoint) {{");
    for (EndpointId id : own) {
      line("    case {}:", id.value);
      line("      return {}::answer(bh_h{}, bh_message, bh_reply);", scope(id), id.value);
    }
    line("    default:");
    line("      bh_reply.status = BH_ERROR;");
    line("  }}");
    line("}}");
    line("");
    line("// Receives one message, answers it and goes on.");
    line("template <{}>", classes);
    line("void serve_one({}) {{", parameters);
    line("  const bh::user::Message bh_message = bh::user::receive();");
    line("  bh::user::Reply bh_reply;");
    line("  answer(bh_message, bh_reply{});", arguments);
    line("  bh::user::reply(bh_reply.status, bh_reply.results.words());");
    line("}}");
    line("");
    line("template <{}>", classes);
    line("[[noreturn]] void serve({}) {{", parameters);
    line("  bh::user::Message bh_message = bh::user::receive();");
    line("  for (;;) {{");
    line("    bh::user::Reply bh_reply;");
    line("    answer(bh_message, bh_reply{});", arguments);
    line(
        "    bh_message = bh::user::reply_and_receive(bh_reply.status, bh_reply.results.words());");
    line("  }}");
    line("}}");
  }
};

}  // namespace

std::vector<StubHeader> make_stubs(const Model& model, const DecisionTable& table) {
  const uint64_t abi = abi_hash(model, table);
  std::vector<StubHeader> headers;
  for (ComponentId id : model.components.ids()) {
    headers.push_back({file_stem(model, id) + ".h", Header(model, table, id, abi).write()});
  }
  for (ComponentId id : model.components.ids()) {
    headers.push_back(make_c_stub(model, table, id, abi));
  }
  return headers;
}

}  // namespace bh

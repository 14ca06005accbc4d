#include "targets/selinux/statements.h"

#include <fmt/format.h>

namespace bh {

std::string type_rule(std::string_view keyword, std::string_view source, std::string_view target,
                      std::string_view object_class, std::string_view result) {
  return fmt::format("{} {} {}:{} {}", keyword, source, target, object_class, result);
}

std::string role_type(std::string_view role, std::string_view type) {
  return fmt::format("role {} types {}", role, type);
}

std::string user_role(std::string_view user, std::string_view role) {
  return fmt::format("user {} roles {}", user, role);
}

std::string role_allow(std::string_view from, std::string_view to) {
  return fmt::format("allow {} {}", from, to);
}

std::string role_transition(std::string_view role, std::string_view target,
                            std::string_view object_class, std::string_view result) {
  return type_rule("role_transition", role, target, object_class, result);
}

std::string attribute_member(std::string_view type, std::string_view attribute) {
  return fmt::format("typeattribute {} {}", type, attribute);
}

std::string boolean(std::string_view name, bool standard) {
  return fmt::format("bool {} {}", name, standard);
}

std::string file_context(std::string_view path, std::string_view kind, std::string_view context) {
  return fmt::format("{}{}{} {}", path, kind.empty() ? "" : " ", kind, context);
}

}  // namespace bh

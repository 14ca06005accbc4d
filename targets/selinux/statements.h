// How the statements other than access are written, in `SelinuxFacts`: by the plan and by the
// reader of compiled policies alike.
#pragma once

#include <string>
#include <string_view>

namespace bh {

// "type_transition sup_t worker_exec_t:process worker_t"; also type_change and the like
std::string type_rule(std::string_view keyword, std::string_view source, std::string_view target,
                      std::string_view object_class, std::string_view result);
// "role sup_r types sup_t"
std::string role_type(std::string_view role, std::string_view type);
// "user system_u roles sup_r"
std::string user_role(std::string_view user, std::string_view role);
// "allow system_r sup_r"
std::string role_allow(std::string_view from, std::string_view to);
// "role_transition system_r worker_exec_t:process worker_r"
std::string role_transition(std::string_view role, std::string_view target,
                            std::string_view object_class, std::string_view result);
// "typeattribute worker_t sup_daemons"
std::string attribute_member(std::string_view type, std::string_view attribute);
// "bool sup_debug false"
std::string boolean(std::string_view name, bool standard);
// "/usr/sbin/worker -- system_u:object_r:worker_exec_t"; the kind is "" for any kind of file
std::string file_context(std::string_view path, std::string_view kind, std::string_view context);

}  // namespace bh

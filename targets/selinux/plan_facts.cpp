#include "targets/selinux/plan.h"
#include "targets/selinux/statements.h"

namespace bh {

SelinuxFacts facts_of(const SelinuxPlan& plan, const Model& model) {
  SelinuxFacts facts;
  const SettingSet always = every_setting(plan.settings.size());
  for (const SelinuxPlan::Access& access : plan.granted) facts.grant(access.fact, access.where);
  for (const SelinuxPlan::Start& start : plan.starts) {
    facts.say(type_rule("type_transition", start.starter, start.program, "process", start.process),
              start.where);
  }
  for (ComponentId id : model.components.ids()) {
    if (!plan.names.role(id).empty())
      facts.say(role_type(plan.names.role(id), plan.names.type(id)), always);
  }
  for (const SelinuxNames::Declared& each : plan.names.declared) {
    if (each.kind == SelinuxNames::Kind::Role) facts.say(user_role("system_u", each.name), always);
  }
  for (const SelinuxPlan::RoleChange& change : plan.role_changes) {
    facts.say(role_allow(change.from, change.to), always);
    facts.say(role_transition(change.from, change.program, "process", change.to), always);
  }
  for (GroupId id : model.groups.ids()) {
    for (ComponentId member : model.groups[id].members) {
      facts.say(attribute_member(plan.names.type(member), plan.names.attributes[id.value]), always);
    }
  }
  for (size_t b = 0; b < plan.settings.booleans.size(); ++b)
    facts.say(boolean(plan.settings.booleans[b], plan.settings.values.front()[b]), always);
  for (const SelinuxPlan::FileContext& context : plan.contexts) {
    facts.say(file_context(context.path, context.only_files ? "--" : "",
                           "system_u:object_r:" + context.type),
              always);
  }
  return facts;
}

SelinuxScope scope_of(const SelinuxPlan& plan, const Model& model) {
  SelinuxScope scope;
  for (ComponentId id : model.components.ids()) {
    if (!plan.names.program(id).empty()) scope.processes.insert(plan.names.type(id));
  }
  for (const SelinuxPlan::Access& access : plan.granted) {
    if (access.fact.source == access.fact.target) scope.own.insert(access.fact);
  }
  for (const SelinuxNames::Declared& each : plan.names.declared) {
    switch (each.kind) {
      case SelinuxNames::Kind::Type:
        scope.types.insert(each.name);
        break;
      case SelinuxNames::Kind::Attribute:
        scope.attributes.insert(each.name);
        break;
      case SelinuxNames::Kind::Role:
        scope.roles.insert(each.name);
        break;
      case SelinuxNames::Kind::Class:
      case SelinuxNames::Kind::Boolean:
        break;
    }
  }
  for (const SelinuxPlan::FileContext& context : plan.contexts) scope.paths.insert(context.path);
  scope.settings = plan.settings;
  return scope;
}

}  // namespace bh

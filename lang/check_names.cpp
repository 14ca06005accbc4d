#include "core/base/nearest.h"
#include "lang/checker.h"

namespace bh {

void Checker::duplicate(const ast::Name& name, Span first) {
  reporter_.report(name.span, diag::DuplicateName, name.text).label(first, "first declared here");
}

bool Checker::declare(std::unordered_map<std::string_view, Span>& space, const ast::Name& name) {
  const auto [at, added] = space.emplace(name.text, name.span);
  if (!added) duplicate(name, at->second);
  return added;
}

bool Checker::declare_entity(const ast::Name& name, Entity entity) {
  entity.span = name.span;
  const auto [at, added] = entities_.emplace(name.text, entity);
  if (!added) duplicate(name, at->second.span);
  return added;
}

void Checker::declare_cited(const ast::Name& name, CitedKind kind, uint32_t index) {
  const auto [at, added] = cited_.emplace(name.text, Cited{kind, index, name.span});
  if (!added) duplicate(name, at->second.span);
}

bool Checker::silenced(const ast::Name& name) const {
  return name.missing() || ast_.skipped_too_much || ast_.skipped.contains(name.text);
}

const Checker::Cited* Checker::find_cited(const ast::Name& name) const {
  const auto at = cited_.find(name.text);
  return at == cited_.end() ? nullptr : &at->second;
}

void Checker::suggest(DiagnosticSink::Builder report, const ast::Name& name,
                      const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(name.text, candidates);
  if (!near.empty()) report.fix({fmt::format("write '{}'", near), name.span, std::string(near)});
}

// In the order of the text, so that a tie between equally near names is always decided alike.
std::vector<std::string_view> Checker::entity_names(std::initializer_list<EntityKind> kinds) const {
  std::vector<std::string_view> names;
  for (const EntityKind kind : kinds) {
    switch (kind) {
      case EntityKind::Component:
        for (const Component& c : model_.components) names.push_back(c.name);
        break;
      case EntityKind::Group:
        for (const Group& g : model_.groups) names.push_back(g.name);
        break;
      case EntityKind::Interface:
        for (const Interface& i : model_.interfaces) names.push_back(i.name);
        break;
      case EntityKind::Level:
        for (const Lattice& lattice : model_.lattices) {
          for (const Level& level : lattice.levels) names.push_back(level.name);
        }
        break;
    }
  }
  return names;
}

std::vector<std::string_view> Checker::cited_names(std::initializer_list<CitedKind> kinds) const {
  std::vector<std::string_view> names;
  for (const CitedKind kind : kinds) {
    switch (kind) {
      case CitedKind::Rule:
        for (const Rule& rule : model_.rules) names.push_back(rule.name);
        break;
      case CitedKind::Release:
        for (const Release& release : model_.releases) names.push_back(release.name);
        break;
      case CitedKind::Protocol:
        for (const Protocol& protocol : model_.protocols) names.push_back(protocol.name);
        break;
      case CitedKind::Property:
        for (const Property& property : model_.properties) names.push_back(property.name);
        break;
    }
  }
  return names;
}

std::string_view Checker::describe(const Entity& entity) const {
  switch (entity.kind) {
    case EntityKind::Component:
      return model_.components[ComponentId(entity.index)].kind == ComponentKind::Object
                 ? "an object"
                 : "a component";
    case EntityKind::Group:
      return "a group";
    case EntityKind::Interface:
      return "an interface";
    case EntityKind::Level:
      return "a level";
  }
  BH_CHECK(false);
}

const Checker::Entity* Checker::find_entity(const ast::Name& name) {
  const auto at = entities_.find(name.text);
  if (at != entities_.end()) return &at->second;
  unknown(name, entity_names({EntityKind::Component, EntityKind::Group, EntityKind::Interface}),
          diag::UnknownComponent, name.text);
  return nullptr;
}

}  // namespace bh

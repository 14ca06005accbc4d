#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "driver/report/impact_report.h"
#include "driver/report/impact_words.h"

namespace bh {

namespace {

// The levels in the bits that no other of them is above.
std::string worst_levels(const Model& model, const ImpactRank& rank) {
  std::string text;
  for (LatticeId id : model.lattices.ids()) {
    const Lattice& lattice = model.lattices[id];
    if (lattice.kind != LatticeKind::Secrecy) continue;
    const auto has = [&](uint32_t level) { return (rank.levels_read[id.value] >> level & 1) != 0; };
    for (uint32_t level = 0; level < lattice.levels.size(); ++level) {
      bool topped = !has(level);
      for (uint32_t other = 0; other < lattice.levels.size(); ++other)
        topped = topped || (other != level && has(other) && lattice.at_most(level, other));
      if (!topped) text += (text.empty() ? "" : ", ") + lattice.levels[level].name;
    }
  }
  return text;
}

std::vector<std::string> names_of(const Model& model, const std::vector<PropertyId>& properties) {
  std::vector<std::string> names;
  for (PropertyId id : properties) names.push_back(model.properties[id].name);
  return names;
}

}  // namespace

std::string print_ranking(const LoadedPolicy& policy, const SettingsRanking& result) {
  const Model& model = **policy.model;
  std::string text = fmt::format("what a break-in reaches, the worst first: policy {} {}\n",
                                 model.name, model.version);
  if (result.settings.size() > 1)
    text +=
        fmt::format("the most in any of the {} settings of its variants\n", result.settings.size());
  AlignedRows rows;
  rows.add({"break-in at", "influences", "in steps", "asks", "reads", "up to", "passes to",
            "trusted", "falls"});
  for (const ImpactRank& rank : result.ranks) {
    const std::string levels = worst_levels(model, rank);
    rows.add({model.components[rank.component].name, fmt::format("{}", rank.influenced),
              fmt::format("{}", rank.steps), fmt::format("{}", rank.asked),
              fmt::format("{}", rank.read), levels.empty() ? "-" : levels,
              fmt::format("{}", rank.told), fmt::format("{}", rank.trusted),
              rank.properties.empty()
                  ? "-"
                  : fmt::format("{}", fmt::join(names_of(model, rank.properties), ", "))});
  }
  return text + rows.print();
}

std::string ranking_json(const LoadedPolicy& policy, const SettingsRanking& result) {
  const Model& model = **policy.model;
  nlohmann::ordered_json document = {{"version", 1},
                                     {"command", "impact"},
                                     {"policy", model.name},
                                     {"release", model.version},
                                     {"settings", result.settings},
                                     {"components", nlohmann::ordered_json::array()}};
  for (const ImpactRank& rank : result.ranks) {
    document["components"].push_back({{"component", model.components[rank.component].name},
                                      {"influenced", rank.influenced},
                                      {"steps", rank.steps},
                                      {"asked", rank.asked},
                                      {"read", rank.read},
                                      {"levels_read", worst_levels(model, rank)},
                                      {"told", rank.told},
                                      {"trusted", rank.trusted},
                                      {"falls", names_of(model, rank.properties)}});
  }
  return document.dump(2) + "\n";
}

}  // namespace bh

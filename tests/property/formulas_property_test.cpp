// What formulas and invariants tell of protocols against exploring their states, on policies that
// are small enough for both.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "solver/queries/invariant.h"
#include "solver/queries/matrix.h"
#include "solver/queries/space.h"
#include "tests/differential/generate.h"

namespace bh {
namespace {

constexpr size_t StateLimit = 50'000;
constexpr size_t MostRuns = 6;
constexpr uint64_t Rlimit = 300'000;

struct Told {
  size_t found = 0;
  size_t impossible = 0;
  size_t excluded = 0;     // of the impossible ones, by pairs
  size_t unreachable = 0;  // and by Spacer
};

std::vector<Move> moves_of(const Model& model, Questions& questions, const Matrix& matrix,
                           EndpointId endpoint) {
  std::vector<Move> moves;
  for (const MatrixCell& cell : matrix.cells()) {
    if (model.operations[cell.operation].endpoint != endpoint) continue;
    if (questions.never(cell.signature, cell.granted) == smt::AnswerKind::Holds) continue;
    for (ReplyStatus reply : replies_of(model, cell.operation))
      moves.push_back({{cell.subject, cell.operation, {}}, reply, {}});
  }
  return moves;
}

void compare(const Space& space, const Space::Projection& projection, const smt::StateSet& set,
             const Search& explored, const std::vector<Request>& goals, Told& told,
             const std::string& where) {
  if (explored.kind == SearchKind::GaveUp) return;
  const bool found = explored.kind == SearchKind::Found;
  ++(found ? told.found : told.impossible);
  const smt::Path path = find_path(projection.automata, set, MostRuns, Rlimit);
  if (path.found) {
    EXPECT_TRUE(found) << where;
    const Search way = space.expand(projection, path.runs, goals);
    EXPECT_TRUE(space.admits(way.path)) << where;
    EXPECT_EQ(way.goal_ends.size(), goals.size()) << where;
    if (!space.has_counters_or_clocks()) {
      EXPECT_EQ(way.path.size(), explored.path.size()) << where;
    }
  } else if (found && !space.has_counters_or_clocks()) {
    EXPECT_GT(explored.path.size(), MostRuns) << where;
  }
  Invariants invariants(Rlimit);
  const bool excluded = invariants.keep_out(projection.automata, set);
  const bool unreachable =
      prove_unreachable(projection.automata, set, Rlimit) == smt::AnswerKind::Holds;
  EXPECT_FALSE(found && excluded) << where;
  EXPECT_FALSE(found && unreachable) << where;
  told.excluded += excluded;
  told.unreachable += unreachable;
}

void compare(const Model& model, EndpointId endpoint, Random& random, Told& told,
             const std::string& where) {
  std::vector<ProtocolId> protocols;
  for (ProtocolId id : model.protocols.ids()) {
    if (model.protocols[id].endpoint == endpoint) protocols.push_back(id);
  }
  if (protocols.empty()) return;
  Questions questions(1'000'000);
  const Matrix matrix(model, questions);
  const std::vector<Move> moves = moves_of(model, questions, matrix, endpoint);
  if (moves.empty()) return;
  const ComponentId requester = random.pick(moves).request.caller;
  const Space space(model, protocols, requester, moves, Limits::Counted, StateLimit);

  std::vector<Wanted> wanted;
  for (ProtocolId id : protocols) {
    const uint64_t states = model.protocols[id].states.size();
    wanted.push_back({id, {static_cast<uint32_t>(random.below(states))}});
  }
  const std::optional<Space::Projection> plain = space.project();
  ASSERT_TRUE(plain.has_value()) << where;
  compare(space, *plain, space.seen(*plain, wanted), space.search(wanted), {}, told,
          where + " states");

  std::vector<Request> goals;
  for (const Move& move : moves) {
    if (move.request.caller == requester && goals.size() < 3 && random.one_in(2))
      goals.push_back(move.request);
  }
  if (!goals.empty()) {
    const Space::Projection counting = *space.project(goals);
    const uint32_t last = static_cast<uint32_t>(counting.automata.automata.size() - 1);
    compare(space, counting, {{{last, uint64_t{1} << goals.size()}}}, space.search(goals), goals,
            told, where + " goals");
  }

  const Exploration seen = space.explore();
  Invariants invariants(Rlimit);
  if (seen.complete && seen.dead_end) {
    EXPECT_FALSE(invariants.keep_out(plain->automata, space.stuck(*plain))) << where;
    EXPECT_EQ(prove_unreachable(plain->automata, space.stuck(*plain), Rlimit),
              smt::AnswerKind::Unknown)
        << where;
    EXPECT_TRUE(space.ends_with(*seen.dead_end)) << where;
  }
}

void compare_all(const GenerateOptions& options, uint64_t first_seed) {
  Told told;
  for (uint64_t seed = first_seed; seed < first_seed + 40; ++seed) {
    const Model model = random_model(seed, options);
    Random random(seed);
    for (EndpointId endpoint : model.endpoints.ids())
      compare(model, endpoint, random, told, fmt::format("seed {}", seed));
  }
  fmt::print("{} found, {} impossible: {} excluded by pairs, {} by Spacer\n", told.found,
             told.impossible, told.excluded, told.unreachable);
  EXPECT_GE(told.found, 10u);
  EXPECT_GE(told.excluded, told.impossible / 2);
  EXPECT_GE(told.unreachable, told.impossible / 4);
}

TEST(Formulas, SayOfProtocolsWhatExploringThemFinds) { compare_all({true, false, true, true}, 1); }

TEST(Formulas, SayOfTimeoutsWhatExploringThemFinds) { compare_all({true, true, true, true}, 5000); }

}  // namespace
}  // namespace bh

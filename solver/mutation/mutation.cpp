#include "solver/mutation/mutation.h"

#include "solver/mutation/collector.h"

namespace bh {

static void collect_releases(const Model& model, MutationCollector& to) {
  for (ReleaseId id : model.releases.ids()) {
    if (!to.wants_next()) continue;
    const Release& release = model.releases[id];
    to.add({MutationKind::DropRelease, release.span, release.name, "is gone",
            [id](Model& m) { m.releases[id].items.clear(); }});
  }
}

MutationList list_mutations(const Model& model, size_t most) {
  MutationCollector collector(most);
  for (const bool counting : {true, false}) {
    collect_rules(model, collector);
    collect_protocols(model, collector);
    collect_releases(model, collector);
    if (counting) collector.start();
  }
  return collector.finish();
}

CheckedModel mutant(const CheckedModel& original, const Mutation& mutation) {
  Model model = *original;
  mutation.edit(model);
  return *seal(std::move(model), DiagnosticSink());
}

std::string_view print(MutationKind kind) {
  switch (kind) {
    case MutationKind::RemoveRule:
      return "remove rule";
    case MutationKind::DropCondition:
      return "drop condition";
    case MutationKind::WidenCondition:
      return "widen condition";
    case MutationKind::NarrowCondition:
      return "narrow condition";
    case MutationKind::AddMethod:
      return "add method";
    case MutationKind::DropMethod:
      return "drop method";
    case MutationKind::AddSubject:
      return "add subject";
    case MutationKind::DropSubject:
      return "drop subject";
    case MutationKind::ForgetWhose:
      return "forget whose";
    case MutationKind::DropProtocol:
      return "drop protocol";
    case MutationKind::DropTransition:
      return "drop transition";
    case MutationKind::AddTransition:
      return "add transition";
    case MutationKind::ChangeTarget:
      return "change target";
    case MutationKind::ChangeOutcome:
      return "change outcome";
    case MutationKind::ChangeLimit:
      return "change limit";
    case MutationKind::ForgetMover:
      return "forget mover";
    case MutationKind::DropTimeout:
      return "drop timeout";
    case MutationKind::ChangeTimeout:
      return "change timeout";
    case MutationKind::ChangeInstances:
      return "change instances";
    case MutationKind::ChangeInitial:
      return "change initial";
    case MutationKind::DropRelease:
      return "drop release";
  }
  BH_CHECK(false);
}

}  // namespace bh

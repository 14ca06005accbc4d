#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analyzer/suggest.h"

namespace bh {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t FewCandidates = 3;
constexpr size_t FewNames = 8;

std::string grouped(uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string counted(size_t count, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", grouped(count), count == 1 ? one : more);
}

// The first few names, and how many there are beyond.
std::string some(const std::vector<std::string>& names, bool each) {
  const size_t shown = each ? names.size() : std::min(names.size(), FewNames);
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(shown);
  std::string text = fmt::format("{}", fmt::join(names.begin(), end, ", "));
  if (shown < names.size()) text += fmt::format(", {} more", names.size() - shown);
  return text;
}

std::string words(const std::vector<Privilege>& privileges) {
  std::vector<std::string_view> names;
  for (Privilege privilege : privileges) names.push_back(print(privilege));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<std::string> names_of(const CallGraph& graph, const std::vector<size_t>& nodes) {
  std::vector<std::string> names;
  for (size_t node : nodes) names.push_back(graph.nodes[node].name);
  return names;
}

class AdvicePrinter {
 public:
  explicit AdvicePrinter(bool each) : each_(each) {}

  std::string run(const Advice& advice) {
    for (const ProgramAdvice& program : advice.programs) print_program(program);
    for (const std::string& unit : advice.failed_units)
      line("incomplete: '{}' could not be parsed, so nothing is known of it", unit);
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> text, const Args&... args) {
    fmt::vformat_to(std::back_inserter(out_), text, fmt::make_format_args(args...));
    out_ += '\n';
  }

  void print_program(const ProgramAdvice& program) {
    size_t functions = 0;
    std::vector<std::string> inputs;
    for (const CallNode& node : program.graph.nodes) {
      functions += node.function.valid();
      if (node.input) inputs.push_back(fmt::format("{} ({})", node.name, bh::print(node.at)));
    }
    line("{}", program.name);
    line("  code       {}, {} reached, {}", counted(program.unit.files.size(), "file", "files"),
         counted(functions, "function", "functions"), counted(program.lines, "line", "lines"));
    print_uses(program);
    line("  input      {}",
         inputs.empty() ? "no function that receives any was found" : some(inputs, each_));
    print_partitions(program);
    print_doubts(program);
    out_ += '\n';
  }

  void print_uses(const ProgramAdvice& program) {
    for (Privilege privilege : all_privileges()) {
      std::vector<std::string> names;
      for (const PrivilegedUse& use : program.uses)
        if (use.privilege == privilege)
          names.push_back(
              each_ ? fmt::format("{} ({} in {})", use.function, bh::print(use.at), use.caller)
                    : use.function);
      if (!names.empty()) line("  {:<10} {}", print(privilege), some(names, each_));
    }
  }

  void print_partitions(const ProgramAdvice& program) {
    if (program.partitions.empty()) {
      line("  cut        nowhere: {}", program.uses.empty()
                                           ? "it uses nothing that needs privileges"
                                           : "nothing in it receives input");
      return;
    }
    const size_t shown =
        each_ ? program.partitions.size() : std::min(program.partitions.size(), FewCandidates);
    for (size_t i = 0; i < shown; ++i) print_partition(i + 1, program, program.partitions[i]);
    if (shown < program.partitions.size())
      line("  {} more (--verbose lists them)",
           counted(program.partitions.size() - shown, "candidate", "candidates"));
  }

  void print_partition(size_t number, const ProgramAdvice& program, const Partition& p) {
    line("  candidate {}: {} in a part of its own", number, words(p.privileges));
    line("    gain     {} of the system out of reach of the code that handles input: {}",
         counted(p.gained.size(), "function", "functions"), some(p.gained, each_));
    line("             the part with these privileges: {} of {}", grouped(p.privileged_lines),
         counted(program.lines, "line", "lines"));
    if (!p.secrets.empty())
      line("             variables there alone, secret by their names: {}", some(p.secrets, each_));
    line("    cost     {}, about {} a run: {} instructions at {} each",
         counted(p.boundary.size(), "call crosses", "calls cross"), grouped(p.calls),
         grouped(p.calls * InstructionsPerRequest), InstructionsPerRequest);
    const size_t shown = each_ ? p.boundary.size() : std::min(p.boundary.size(), FewNames);
    for (size_t i = 0; i < shown; ++i) {
      const CallEdge& edge = p.boundary[i];
      line("      {:<24} from {} at {}, about {}", program.graph.nodes[edge.to].name,
           program.graph.nodes[edge.from].name, bh::print(edge.at), grouped(edge.calls));
    }
    if (shown < p.boundary.size()) line("      and {} more", p.boundary.size() - shown);
    if (!p.moved.empty())
      line("    moves    {}: {}", counted(p.moved.size(), "function", "functions"),
           some(names_of(program.graph, p.moved), each_));
    print_shared(p);
    if (p.assumed > 0)
      line("    unsure   {} of the calls across are assumed: by type, or of functions handed over",
           p.assumed);
  }

  void print_shared(const Partition& p) {
    std::vector<std::string> written;
    for (const SharedVariable& variable : p.shared)
      if (variable.written) written.push_back(variable.name);
    if (p.shared.empty()) return;
    line("    shares   {}, {} of which change and would have to be sent{}{}",
         counted(p.shared.size(), "variable", "variables"), written.size(),
         written.empty() ? "" : ": ", some(written, each_));
  }

  void print_doubts(const ProgramAdvice& program) {
    if (program.graph.weighed == 0)
      line(
          "  unsure     how often calls happen: counted from loops, each taken to run ten times; a "
          "profile says more");
    if (program.pointer_calls > 0)
      line("  unsure     {} through pointers; {} of them taken to call whatever has the type",
           counted(program.pointer_calls, "call", "calls"), program.pointer_calls_by_type);
    if (!program.blind.empty())
      line("  unsure     {} not followed{}",
           counted(program.blind.size(), "place was", "places were"),
           each_ ? ":" : " (--verbose lists them)");
    if (each_)
      for (const BlindSpot& spot : program.blind)
        line("    {}{}: {}", bh::print(spot.at),
             spot.function.empty() ? "" : " in " + spot.function, spot.why);
    if (!program.unit.ambiguous.empty())
      line("  unsure     what is linked: {} defined in several files: {}",
           counted(program.unit.ambiguous.size(), "name is", "names are"),
           some(program.unit.ambiguous, each_));
  }

  bool each_;
  std::string out_;
};

Json json(const Place& at) { return {{"file", at.file}, {"line", at.line}, {"column", at.column}}; }

Json json(const ProgramAdvice& program, const Partition& p) {
  Json boundary = Json::array(), shared = Json::array(), privileges = Json::array();
  for (Privilege privilege : p.privileges) privileges.push_back(print(privilege));
  for (const CallEdge& edge : p.boundary)
    boundary.push_back({{"function", program.graph.nodes[edge.to].name},
                        {"caller", program.graph.nodes[edge.from].name},
                        {"at", json(edge.at)},
                        {"certainty", print(edge.certainty)},
                        {"sites", edge.sites},
                        {"calls", edge.calls}});
  for (const SharedVariable& variable : p.shared)
    shared.push_back({{"variable", variable.name}, {"written", variable.written}});
  return {{"privileges", privileges},
          {"rating", fmt::format("{:.2f}", p.rating())},
          {"gained", p.gained},
          {"left", p.left},
          {"privileged_lines", p.privileged_lines},
          {"asking_lines", p.asking_lines},
          {"calls", p.calls},
          {"instructions", p.calls * InstructionsPerRequest},
          {"assumed_calls", p.assumed},
          {"boundary", boundary},
          {"moves", names_of(program.graph, p.moved)},
          {"shared", shared},
          {"secrets", p.secrets}};
}

Json json(const ProgramAdvice& program) {
  Json uses = Json::array(), candidates = Json::array(), blind = Json::array(),
       inputs = Json::array();
  for (const PrivilegedUse& use : program.uses)
    uses.push_back({{"privilege", print(use.privilege)},
                    {"function", use.function},
                    {"caller", use.caller},
                    {"at", json(use.at)},
                    {"callers", use.callers}});
  for (const Partition& p : program.partitions) candidates.push_back(json(program, p));
  for (const BlindSpot& spot : program.blind)
    blind.push_back({{"function", spot.function}, {"at", json(spot.at)}, {"why", spot.why}});
  for (const CallNode& node : program.graph.nodes)
    if (node.input) inputs.push_back(node.name);
  return {{"program", program.name},
          {"main", program.unit.main},
          {"files", program.unit.files},
          {"ambiguous", program.unit.ambiguous},
          {"entries", program.entries},
          {"lines", program.lines},
          {"pointer_calls", program.pointer_calls},
          {"pointer_calls_by_type", program.pointer_calls_by_type},
          {"profiled_edges", program.graph.weighed},
          {"inputs", inputs},
          {"uses", uses},
          {"candidates", candidates},
          {"not_followed", blind}};
}

}  // namespace

std::string print(const Advice& advice, bool each) { return AdvicePrinter(each).run(advice); }

std::string print_json(const Advice& advice) {
  Json programs = Json::array();
  for (const ProgramAdvice& program : advice.programs) programs.push_back(json(program));
  const Json document = {{"programs", programs}, {"failed_units", advice.failed_units}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bh

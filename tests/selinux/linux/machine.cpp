#include "tests/selinux/linux/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>

#include "driver/pipeline/files.h"
#include "driver/pipeline/process.h"
#include "driver/pipeline/selinux.h"
#include "targets/selinux/minimal_base.h"

namespace bh::linux_test {
namespace {

namespace fs = std::filesystem;

struct OperationRow {
  std::string_view name;
  std::string_view object_class;
  std::string_view on_target;
  std::string_view on_self;
};

constexpr OperationRow Operations[] = {
#define OPERATION(name, object_class, on_target, on_self) {#name, object_class, on_target, on_self},
#include "tests/selinux/linux/operations.def"
#undef OPERATION
};

std::vector<std::string> words(std::string_view text) {
  std::istringstream in{std::string(text)};
  return {std::istream_iterator<std::string>(in), {}};
}

TeFacts needs(const OperationRow& row, const std::string& source, const std::string& target) {
  TeFacts facts;
  const std::string object_class(row.object_class);
  for (const std::string& each : words(row.on_target))
    facts.insert({source, target, object_class, each});
  for (const std::string& each : words(row.on_self))
    facts.insert({source, source, object_class, each});
  if (row.name == "process_transition") facts.insert({target, source, "fd", "use"});
  return facts;
}

// Who does so is not there for a second try.
bool executes(const std::string& operation) {
  return operation == "file_execute" || operation == "process_transition";
}

// One process tries an operation on all targets in turn.
std::string plan(const std::vector<Emitted>& all, const std::vector<std::string>& types,
                 const std::vector<Attempt>& attempts) {
  std::string text = "enforce\n";
  for (const std::string& type : types) text += fmt::format("type {}\n", type);
  text += "matrix\nprogram probe rig_exec_t";
  size_t index = 0;
  for (const Emitted& each : all) {
    for (const std::string& type : each.types())
      text += fmt::format("\nport {} {}", type, port_of(index++));
    for (const std::string& domain : each.domains())
      text += fmt::format("\nprogram enter_{} {}", domain, entry_type(domain));
  }
  for (size_t i = 0; i < attempts.size(); ++i) {
    const Attempt& each = attempts[i];
    const bool together = i > 0 && each.operation == attempts[i - 1].operation &&
                          each.source == attempts[i - 1].source && !executes(each.operation);
    text += together
                ? fmt::format(" {}", each.target)
                : fmt::format("\ntry {} {} {} {}", i, each.operation, each.source, each.target);
  }
  return text + "\n";
}

}  // namespace

Result<std::string> compile(const std::vector<Emitted>& all) {
  if (find_program("secilc").empty()) return fail("SKIPPED: secilc is not installed");
  BH_TRY(const TemporaryDirectory scratch, TemporaryDirectory::create());
  const fs::path& folder = scratch.path();
  std::vector<fs::path> sources;
  const auto add = [&](const std::string& name, const std::string& text) {
    sources.push_back(folder / (name + ".cil"));
    return write_file(sources.back(), text).has_value();
  };
  bool written = add("minimal_base", minimal_base()) && add("rig", rig(all));
  for (const Emitted& each : all) written = written && add(each.model()->name, each.module.text);
  if (!written) return fail("the policy cannot be written");
  DiagnosticSink sink;
  BH_TRY(const bool compiled, compile_cil(sources, folder / "policy", sink));
  if (!compiled) return fail("the policy does not compile: " + sink.diagnostics()[0].notes[0]);
  return read_file(folder / "policy");
}

namespace {

// What the guest told (guest/main.cpp).
class Reader {
 public:
  explicit Reader(Findings& findings) : findings_(findings) {}

  void take(const std::string& line) {
    const size_t blank = std::min(line.find(' '), line.size());
    const std::string kind = line.substr(0, blank);
    const std::string rest = line.substr(std::min(blank + 1, line.size()));
    if (kind == "log") {
      findings_.log += rest + "\n";
      return;
    }
    const std::vector<std::string> parts = words(rest);
    if (kind == "class") take_class(parts);
    if (kind == "cell") take_cell(parts);
    if (kind == "asked") findings_.asked = std::stoull(parts.at(0));
    if (kind == "tried") take_outcome(parts);
  }

 private:
  // NAME NUMBER PERMISSION=BIT ..
  void take_class(const std::vector<std::string>& parts) {
    ++findings_.classes;
    for (size_t i = 2; i < parts.size(); ++i) {
      const size_t equals = parts[i].find('=');
      permissions_[parts.at(0)][std::stoul(parts[i].substr(equals + 1)) - 1] =
          parts[i].substr(0, equals);
    }
  }

  // SOURCE TARGET CLASS HEX; bits that no permission has mean nothing.
  void take_cell(const std::vector<std::string>& parts) {
    const unsigned long bits = std::stoul(parts.at(3), nullptr, 16);
    for (const auto& [bit, permission] : permissions_.at(parts[2])) {
      if ((bits >> bit & 1) != 0)
        findings_.facts.insert({parts[0], parts[1], parts[2], permission});
    }
  }

  // NUMBER PROCESS CONTEXT RESULT..
  void take_outcome(const std::vector<std::string>& parts) {
    if (std::stoull(parts.at(0)) != findings_.outcomes.size())
      throw std::runtime_error("an attempt is missing");
    for (size_t i = 3; i < parts.size(); ++i)
      findings_.outcomes.push_back({std::stoull(parts[1]), parts[2], std::stoi(parts[i])});
  }

  Findings& findings_;
  std::map<std::string, std::map<unsigned long, std::string>> permissions_;  // by class and bit
};

}  // namespace

std::vector<Attempt> all_attempts(const Emitted& emitted) {
  const std::set<std::string> classes = emitted.classes();
  std::vector<Attempt> attempts;
  for (const OperationRow& row : Operations) {
    if (classes.count(std::string(row.object_class)) == 0 || row.name == "process_start") continue;
    const bool on_process = row.object_class == "process";
    for (const std::string& source : emitted.domains()) {
      for (const std::string& target : on_process ? emitted.domains() : emitted.types()) {
        // Who executes the program of its own domain changes nothing, and asks for nothing.
        if (row.name == "process_transition" && source == target) continue;
        attempts.push_back({std::string(row.name), source, target, needs(row, source, target)});
      }
    }
  }
  return attempts;
}

Result<std::string> run_guest(const std::string& policy, const std::string& plan) {
  BH_TRY(const TemporaryDirectory folder, TemporaryDirectory::create());
  const fs::path policy_file = folder.path() / "policy";
  const fs::path plan_file = folder.path() / "plan";
  for (const auto& [file, text] : {std::pair(policy_file, policy), std::pair(plan_file, plan)}) {
    if (Result<void> written = write_file(file, text); !written.has_value())
      return tl::unexpected(written.error());
  }
  BH_TRY(ProcessResult run,
         run_process({BH_SOURCE_DIR "/tests/selinux/linux/boot", BH_BINARY_DIR "/selinux_guest",
                      policy_file.string(), plan_file.string()}));
  if (run.exit_code != 0) return fail(run.errors);
  return std::move(run.output);
}

Result<std::vector<std::string>> ask_kernel(const std::string& policy,
                                            const std::vector<Question>& questions) {
  std::string plan;
  for (const Question& each : questions)
    plan += fmt::format("ask {} {} {}\n", each.source, each.target, each.object_class);
  BH_TRY(const std::string told, run_guest(policy, plan));
  std::istringstream lines(told);
  std::vector<std::string> answers;
  for (std::string word, answer; answers.size() < questions.size() && lines >> word >> answer;) {
    if (word != "answer") break;
    answers.push_back(answer);
  }
  if (answers.size() != questions.size())
    return fail(fmt::format("{} questions, {} answers", questions.size(), answers.size()));
  return answers;
}

void read_told(const std::string& text, Findings& findings) {
  Reader reader(findings);
  std::istringstream told(text);
  for (std::string line; std::getline(told, line);) reader.take(line);
}

Result<Findings> boot(const std::vector<Emitted>& all, const std::vector<Attempt>& attempts) {
  Findings findings;
  for (const Emitted& each : all) {
    for (const std::string& type : each.types()) findings.types.push_back(type);
  }
  for (const std::string& type : rig_types(all)) findings.types.push_back(type);
  BH_TRY(findings.policy, compile(all));
  BH_TRY(const std::string text, run_guest(findings.policy, plan(all, findings.types, attempts)));
  read_told(text, findings);
  return findings;
}

}  // namespace bh::linux_test

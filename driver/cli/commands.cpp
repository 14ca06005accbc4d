#include "driver/cli/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <thread>
#include <utility>

#include "core/diag/render.h"

namespace bh::cli {

Option format_option() {
  return {"--format", "FMT", "how to print the result", "text", {"text", "json"}};
}

Option jobs_option(std::string_view help) { return {"--jobs", "N", help, "cores", {}, "-j"}; }

// What only a question about an SELinux policy looks at.
static Option flow_map_option() {
  return {
      "--flow-map", "FILE",
      "SELinux: the directions in which permissions move data, as setools' perm_map gives them"};
}

Option set_option() { return {"--set", "NAME=VALUE,..", "values of the policy's variants"}; }

Result<unsigned> read_jobs(const std::string& text) {
  constexpr unsigned Most = 256;
  if (text == "cores") return std::clamp(std::thread::hardware_concurrency(), 1u, Most);
  unsigned jobs = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (error != std::errc() || end != text.data() + text.size() || jobs == 0 || jobs > Most) {
    return fail(fmt::format("--jobs '{}' is not a number from 1 to {}", text, Most));
  }
  return jobs;
}

Result<size_t> read_number(const Arguments& arguments, std::string_view option, size_t least,
                           size_t most) {
  const std::string text = arguments.get(option);
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return fail(fmt::format("{} '{}' is not a number from {} to {}", option, text, least, most));
  }
  return number;
}

Exit cannot_run(const Failure& failure) {
  fmt::print(stderr, "bulkhead: {}\n", failure.message);
  if (!failure.hint.empty()) fmt::print(stderr, "  = help: {}\n", failure.hint);
  return Exit::CannotRun;
}

bool colour_wanted() {
  const char* no_colour = std::getenv("NO_COLOR");
  const bool asked_for_none = no_colour != nullptr && *no_colour != '\0';
  return isatty(STDOUT_FILENO) != 0 && !asked_for_none;
}

void print_findings(const LoadedPolicy& policy, bool json) {
  if (json) {
    fmt::print("{{\n\"version\": 1,\n\"findings\": {}\n}}\n",
               render_json(policy.sink, policy.sources));
  } else {
    fmt::print("{}", render_text(policy.sink, policy.sources,
                                 colour_wanted() ? Colour::Always : Colour::Never));
  }
}

std::variant<LoadedPolicy, Exit> open_policy(const std::vector<std::string>& paths, bool json,
                                             const std::string& setting) {
  Result<LoadedPolicy> policy = load_policy(paths, setting);
  if (!policy.has_value()) return cannot_run(policy.error());
  if (policy->model) return std::move(*policy);
  print_findings(*policy, json);
  return exit_code(policy->sink);
}

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"check",
       "prove the policy's properties, or refute them with a witness",
       "POLICY is a file, or a directory whose *.bh files form one policy; default: this "
       "directory.\n"
       "Asks whether every rule can fire, whether an allowed edge leaks, whether protocols lock "
       "up, every\n"
       "`never`, `require`, `holds` and `separate`, and the policy's tests.\n"
       "A policy with variants is proved for every combination of their values, or with --set for "
       "that one.\n"
       "POLICY.33 GOALS.bh: properties asked of an SELinux policy (docs/selinux.md).\n"
       "--least-privilege also asks what is granted and not needed by any `require`, test, code "
       "(--facts, -p) or log,\n"
       "and offers the smallest edit of the rules that takes it away; --fix makes it "
       "(docs/least_privilege.md).\n"
       "Exit: 0 all proved, 1 something is violated or granted for nothing, 2 nothing to check, 3 "
       "undecided,\n"
       "4 two solvers disagree.",
       "POLICY",
       0,
       1000,
       {{"--recheck", "", "ask cvc5 as well whatever the verdicts rely on; it has to agree"},
        {"--certificate", "FOLDER",
         "write what was proved, for anybody to check with a solver of theirs"},
        {"--least-privilege", "", "report what is granted and nothing needs"},
        {"--fix", "", "write the edit that takes the excess away (with --least-privilege)"},
        {"--observed",
         "HOW",
         "what seen arguments stand for: those that the rules name, ranges of them, each one by "
         "itself, whole requests",
         "named",
         {"named", "range", "each", "exact"}},
        {"--database",
         "PATH",
         "compile_commands.json: what the code asks for is needed (see validate)",
         "",
         {},
         "-p"},
        {"--facts", "FOLDER", "where its facts are kept; without -p they are taken as they are"},
        {"--log", "FILE,..", "what was granted while the system ran is needed"},
        flow_map_option(),
        jobs_option("threads that prove, and extractor processes"),
        set_option(),
        format_option()},
       check},
      {"test",
       "run the policy's own tests and say what they miss",
       "Each `test` statement is played on the reference evaluator from the initial state. Then: "
       "which rules,\n"
       "transitions, timeouts and limits no test exercises and no property depends on, and which "
       "components are never\n"
       "refused. --mutate changes the policy in one small way at a time and lists what nobody "
       "notices, each with a test\n"
       "that would (docs/testing.md). --boot plays the tests on the microkernel in QEMU as well, "
       "without any source of\n"
       "yours: every answer has to be the test's, and the reference evaluator's.\n"
       "Exit: 0 all passed, 1 a test failed, coverage is below --fail-under, or a mutant survived, "
       "2 no tests,\n"
       "3 a mutant is undecided, or there are more than the limit and --mutants did not say so.",
       "POLICY",
       0,
       1000,
       {{"--fail-under", "PERCENT", "exit 1 when less is covered"},
        {"--boot", "", "play the tests on the booted microkernel as well"},
        {"--mutate", "", "mutation testing"},
        {"--mutants", "N", "try at most N mutants, evenly spread (default: all, up to 1000)"},
        set_option(),
        format_option()},
       test},
      {"validate",
       "hold C and C++ source against the policy's `code` statements",
       "Extracts what the source does (bulkhead-extract; only changed files are read again), "
       "follows each component from\n"
       "its entries, and reports requests that the policy does not grant, forbidden calls and work "
       "of other components,\n"
       "with file, line and call path. What could not be decided is listed and gives exit code 3. "
       "A baseline accepts what\n"
       "is known already; --suggest needs no policy, it makes a first one (docs/validate.md).\n"
       "Example: bulkhead validate policy.bh -p build/compile_commands.json",
       "POLICY",
       0,
       1000,
       {{"--database",
         "PATH",
         "compile_commands.json, or the folder that holds it",
         "compile_commands.json",
         {},
         "-p"},
        {"--facts", "FOLDER",
         "where facts are kept between runs (default: .bulkhead-facts beside the database)"},
        jobs_option("extractor processes, and threads that follow components"),
        {"--launcher", "CMD", "starts the job of each file with CMD before it: \"srun -n1\""},
        {"--ninja", "FILE",
         "write a build graph that extracts the facts, and end (docs/extract.md)"},
        {"--baseline", "FILE",
         "findings that are accepted for now, each with a reason; what is not in it counts"},
        {"--write-baseline", "FILE",
         "accept what is found now: entries that fit keep their reasons, others leave"},
        {"--reason", "TEXT", "why new findings are accepted (with --write-baseline)"},
        {"--expires", "DATE", "until this day only (with --write-baseline)"},
        {"--suggest", "",
         "without a policy: what the programs use of the system, where they could be cut in two, "
         "and a first policy"},
        {"--sources", "GLOB,..", "the files that --suggest looks at", "**"},
        {"--input", "FUNCTION,..",
         "functions that receive what others have written (default: those that call recv, read, "
         "..)"},
        {"--profile", "FILE", "lines `FUNCTION CALLS`: how often they are called in a run"},
        {"--export-facts", "FILE",
         "write all facts as an SQLite database, and end (docs/validate.md)"},
        {"--output",
         "FILE",
         "where --suggest writes the first policy (default: below the advice)",
         "",
         {},
         "-o"},
        {"--verbose",
         "",
         "list what every call through a pointer was taken to call, and what was accepted",
         "",
         {},
         "-v"},
        {"--format",
         "FMT",
         "sarif for code scanning, github for annotations of a workflow",
         "text",
         {"text", "json", "sarif", "github"}}},
       validate},
      {"diff",
       "say what another version of a policy changes in meaning",
       "bulkhead diff OLD NEW: two files or two directories, or REF:PATH for one in a git commit.\n"
       "Two SELinux policies are compared likewise, and the verdicts on properties that stand "
       "beside them (docs/selinux.md).\n"
       "bulkhead diff --against REF [POLICY]: with where HEAD and REF parted; nothing is checked "
       "out.\n"
       "Lists exactly the requests that are newly granted or refused, each with the rules "
       "responsible and an example;\n"
       "protocols that let happen what did not; new and lost flows; changed verdicts. Moved, "
       "renamed and reordered\n"
       "statements are proved to mean the same. Changes that were looked at are approved in a "
       "file (docs/diff.md).\n"
       "Exit: 0 no change of meaning, or all are approved, 1 there are, 2 could not compare, 3 "
       "undecided.",
       "OLD NEW",
       0,
       1000,
       {{"--against", "REF", "compare with this branch, tag or commit"},
        {"--no-merge-base", "", "with REF itself, not where HEAD and REF parted"},
        {"--fail-on", "WHAT", "what gives exit code 1", "any", {"any", "wider", "property"}},
        {"--approvals", "FILE",
         "changes that are accepted (default: bulkhead.approvals beside "
         "the policy)"},
        {"--approve", "ID", "accept this change from now on"},
        {"--reason", "TEXT", "why (with --approve)"},
        {"--expires", "DATE", "until this day only (with --approve)"},
        {"--unrelated", "", "compare policies that have nothing in common"},
        flow_map_option(),
        format_option()},
       diff},
      {"emit",
       "write the policy for a kernel to enforce, proved to be the policy",
       "monitor: the microkernel's table, the names that go with it (FILE.names), and a folder "
       "`stubs` of typed C++\n"
       "headers beside it. selinux: a CIL module, compiled with secilc first; what SELinux cannot "
       "express is an error\n"
       "unless the policy says `approximate`; load it with semodule -i FILE (docs/selinux.md).\n"
       "Both are read back by an independent reader and proved equal to the policy before they are "
       "written.",
       "POLICY",
       0,
       1000,
       {{"--target", "TARGET", "which kernel", "monitor", {"monitor", "selinux"}},
        {"--output",
         "FILE",
         "where to (default: the policy's name with .tbl or .cil, here)",
         "",
         {},
         "-o"},
        set_option(),
        {"--reload-from", "TABLE",
         "monitor: for a running system with this table, whose images stay as they are"},
        {"--link-debian", "",
         "selinux: also link with the policy that Debian ships and prove the result"},
        format_option()},
       emit},
      {"run",
       "boot the policy on the microkernel in QEMU",
       "DIR holds the policy and one C++ or C file for each component, named like it in lower "
       "case. They are compiled\n"
       "against the stubs that the policy grants them, and every decision of the kernel's monitor "
       "is compared\n"
       "with the reference evaluator's. Ctrl-C ends the machine (docs/run.md).\n"
       "--reload: a component finds the table of NEW as #embed \"next.tbl\" and puts it into force; "
       "from then on each\n"
       "decision has to be that of NEW.\n"
       "Exit: 0 each decision was the policy's and the system ended in order, 1 not so, 2 a tool "
       "is missing,\n"
       "3 it was interrupted before its end.",
       "DIR",
       0,
       1,
       {{"--reload", "NEW", "the policy that the running system has to go over to"},
        {"--log", "FILE", "write what is shown as an audit log: JSON Lines, chained by SHA-256"},
        {"--limit-ms", "N",
         "end the system after so much of its time, in order (default: 30000, and not in order)"},
        {"--trace", "", "print the kernel's own lines, exact and without privacy"},
        {"--gdb", "PORT", "wait there for gdb-multiarch before the first instruction"},
        set_option()},
       run},
      {"audit",
       "verify an audit log, or hold a log of SELinux against the policy",
       "FILE was written by `bulkhead run --log` (docs/run.md). Every line must be chained to those "
       "before it, and the\n"
       "last must be the end. The chain value of the end, kept elsewhere, tells this log from any "
       "other (--chain).\n"
       "With POLICY, FILE is dmesg or audit.log of a Linux machine on which its module is loaded "
       "(docs/selinux.md): each\n"
       "decision about its types is shown in the policy's words, and must be the policy's.\n"
       "Example: bulkhead audit /var/log/audit/audit.log gateway.bh\n"
       "Exit: 0 whole, nothing lost, all of it the policy's, 1 not so, 2 not readable, or no such "
       "log.",
       "FILE [POLICY...]",
       1,
       1000,
       {{"--chain", "HEX", "the chain value that the log must end with"},
        {"--log", "FILE", "with POLICY: write what is shown as an audit log"},
        set_option()},
       audit},
      {"image",
       "pack a system into one file that the microkernel verifies as it boots",
       "DIR holds policy and components as for `run`; components are separate ELF files, compiled "
       "here or ready. The file\n"
       "is what a slot of the machine holds: table, components and the hash tree of dm-verity over "
       "them, all vouched for by\n"
       "one digest. It is read back by an independent reader before it is written "
       "(docs/image.md).\n"
       "Examples: bulkhead image examples/01_gateway -o system.img --state state.bin\n"
       "bulkhead image --verify system.img\n"
       "Exit: 0 written, or sound; 1 findings, or not sound; 2 could not run.",
       "DIR",
       0,
       1,
       {{"--output", "FILE", "the image", "", {}, "-o"},
        {"--verify", "FILE", "read an image, say what it holds and whether each byte is sound"},
        {"--elf", "NAME=FILE,..", "ready ELF files for these components"},
        {"--state", "FILE", "create the state of a machine that trusts this image"},
        {"--healthy-within", "MS", "after an upgrade to it, the image has to report healthy within",
         "10000"},
        set_option()},
       image},
      {"fmt",
       "lay policy files out in the canonical way",
       "FILE is a policy file, a directory (all *.bh files in it and its folders), or `-` for "
       "standard input to\n"
       "standard output; default: this directory. Meaning and comments stay as they are "
       "(docs/language.md, Formatting).\n"
       "Example: bulkhead fmt --check policies\n"
       "Exit: 0 all are formatted, 1 with --check some are not, or some have syntax errors and "
       "were left alone.",
       "FILE",
       0,
       1000,
       {{"--check", "",
         "change nothing; list the files that are not formatted and what would change"}},
       format},
      {"impact",
       "say what a break-in at a component reaches",
       "What a break-in at C (C,D: at both; a component, object or group) can ask for itself, and "
       "through others, each of "
       "which may\n"
       "forward anything but still applies its own releases and endorsements: whom it influences, "
       "whose data it reads,\n"
       "where it can pass it, which properties fall, and which rules to take away first "
       "(docs/impact.md).\n"
       "A policy with variants: all settings put together, or with --set that one.\n"
       "Examples: bulkhead impact Parser gateway.bh; bulkhead impact --all gateway.bh\n"
       "--what-if EDITED: what shrinks and what grows if EDITED were the policy.\n"
       "Exit: 0 no flow property falls (--what-if: nothing grows), 1 one does, 2 could not run, 3 "
       "undecided.",
       "COMPONENTS POLICY...",
       0,
       1000,
       {{"--all", "", "rank all components, the worst first"},
        {"--what-if", "EDITED", "what another version of the policy would change about it"},
        flow_map_option(),
        set_option(),
        format_option()},
       impact},
      {"import",
       "read an SELinux policy and say what it holds",
       "bulkhead import selinux POLICY: a compiled policy (policy.33), or modules that are linked "
       "together: .cil, .pp\n"
       "and .pp.bz2 files, and directories of them. check, diff, impact and explain take the same "
       "(docs/selinux.md).\n"
       "Exit: 0 read, 2 it is no policy, or cannot be read.",
       "selinux POLICY",
       2,
       1000,
       {format_option()},
       import_policy},
      {"explain",
       "explain a request, a diagnostic by its code, or what a statement stands for",
       "With a request, as a test writes it: granted or denied, by which rules and protocols, how "
       "narrowly, in which state\n"
       "it would be, and which properties would not survive granting it (docs/explain.md). "
       "Arguments that are left out are\n"
       "chosen. --in asks in another state than the initial one.\n"
       "With a code, its page: the smallest wrong policy, why, and the fix. With the name of a "
       "rule, property, protocol,\n"
       "group, component, interface or type of POLICY: the statement with groups, `any` and "
       "interfaces written out.\n"
       "Examples: bulkhead explain BH2001; bulkhead explain no_export gateway.bh;\n"
       "bulkhead explain \"Parser -> KeyStore.keys.sign(slot: 3)\" --in Session.Open gateway.bh\n"
       "Exit: 0 explained, and a request is granted; 1 it is denied, or the state cannot be "
       "reached; 2 could not run,\n"
       "3 undecided.",
       "REQUEST|CODE|NAME POLICY...",
       1,
       1000,
       {{"--in", "STATE,..", "PROTOCOL.STATE, in which the request is made"},
        set_option(),
        format_option()},
       explain},
  };
  return table;
}

}  // namespace bh::cli

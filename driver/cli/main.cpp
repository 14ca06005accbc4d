#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <list>
#include <system_error>

#include "driver/cli/command.h"

namespace bh::cli {
namespace {

// What one subcommand's parser writes into; outlives the parse.
struct Parsed {
  std::vector<std::string> positional;
  std::map<std::string, std::string, std::less<>> values;
  std::map<std::string, bool, std::less<>> flags;
};

void add_option(CLI::App& app, const Option& option, Parsed& parsed) {
  const std::string name(option.name);
  const std::string names = option.letter.empty() ? name : std::string(option.letter) + "," + name;
  if (option.value_name.empty()) {
    app.add_flag(names, parsed.flags[name], std::string(option.help));
    return;
  }
  std::string& value = parsed.values[name];
  value = option.fallback;
  CLI::Option* added = app.add_option(names, value, std::string(option.help));
  added->type_name(std::string(option.value_name));
  if (!option.fallback.empty()) added->capture_default_str();
  if (!option.choices.empty()) {
    added->check(CLI::IsMember(std::vector<std::string>(option.choices.begin(), option.choices.end())));
  }
}

CLI::App* add_command(CLI::App& app, const Command& command, Parsed& parsed) {
  CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
  sub->footer(std::string(command.details));
  for (const Option& option : command.options) add_option(*sub, option, parsed);
  if (!command.positional.empty()) {
    const std::string name(command.positional);
    CLI::Option* positional = sub->add_option(name, parsed.positional);
    positional->type_name("");
    if (command.most_positional == 1) positional->expected(static_cast<int>(command.least_positional), 1);
    if (command.least_positional > 0) positional->required();
  }
  return sub;
}

Arguments arguments_of(const Parsed& parsed) {
  Arguments arguments;
  arguments.positional = parsed.positional;
  arguments.values = parsed.values;
  for (const auto& [name, given] : parsed.flags) {
    if (given) arguments.values[name] = "1";
  }
  return arguments;
}

// The command that the user was typing, or none: whose help is worth pointing at.
std::string help_of(const std::vector<CLI::App*>& subs) {
  for (const CLI::App* sub : subs) {
    if (sub->parsed()) return "bulkhead " + sub->get_name() + " --help";
  }
  return "bulkhead --help";
}

Exit usage_error(const CLI::ParseError& error, const CLI::App& app, const std::vector<CLI::App*>& subs) {
  const std::vector<std::string> unknown = app.remaining(true);
  const std::string what =
      unknown.empty() ? error.what()
                      : fmt::format("unknown {} '{}'", unknown[0].starts_with("-") ? "option" : "command", unknown[0]);
  fmt::print(stderr, "bulkhead: {}\n  = help: {}\n", what, help_of(subs));
  return Exit::CannotRun;
}

Exit run(int argc, char** argv) {
  CLI::App app("Bulkhead checks, compares and enforces the policy of a partitioned system.\n"
               "Exit codes: 0 proved or clean, 1 findings, 2 could not run or nothing to check, "
               "3 undecided, 4 internal error.", "bulkhead");
  app.set_version_flag("--version", std::string("bulkhead " BH_VERSION));
  app.require_subcommand(0, 1);
  app.failure_message(CLI::FailureMessage::help);
  app.footer("bulkhead COMMAND --help says more. Documentation: docs/ in the source tree.");
  std::list<Parsed> parsed;
  std::vector<CLI::App*> subs;
  for (const Command& command : commands()) subs.push_back(add_command(app, command, parsed.emplace_back()));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    app.exit(help);
    return Exit::Clean;
  } catch (const CLI::ParseError& error) {
    return usage_error(error, app, subs);
  }
  auto at = parsed.begin();
  for (size_t i = 0; i < subs.size(); ++i, ++at) {
    if (subs[i]->parsed()) return commands()[i].run(arguments_of(*at));
  }
  fmt::print(stderr, "{}", app.help());
  return Exit::CannotRun;
}

}  // namespace
}  // namespace bh::cli

// A result that could not be written whole must not look like one: exit code 2, whatever it was.
static bh::Exit flushed(bh::Exit code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  fmt::print(stderr, "bulkhead: cannot write the result: {}\n", std::strerror(errno));
  return bh::Exit::CannotRun;
}

int main(int argc, char** argv) {
  try {
    return static_cast<int>(flushed(bh::cli::run(argc, argv)));
  } catch (const std::system_error& error) {  // what fmt::print throws when a write fails
    fmt::print(stderr, "bulkhead: cannot write the result: {}\n", error.what());
    return static_cast<int>(bh::Exit::CannotRun);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bulkhead: internal error: {}\n", error.what());
    return static_cast<int>(bh::Exit::Internal);
  }
}

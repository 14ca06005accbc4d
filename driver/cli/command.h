// The command table: what each command is called, takes and does. main.cpp turns it into a parser;
// help, completions and manual pages come from the same rows.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "driver/pipeline/exit_code.h"

namespace bh::cli {

struct Option {
  std::string_view name;        // "--format"
  std::string_view value_name;  // "FMT"; empty for a flag
  std::string_view help;
  std::string_view fallback = {};              // the value when it is not given
  std::vector<std::string_view> choices = {};  // when not empty, nothing else is accepted
  std::string_view letter = {};                // "-o"; empty: no short form
};

// What the user typed, already checked against the table.
class Arguments {
 public:
  std::vector<std::string> positional;
  std::map<std::string, std::string, std::less<>> values;  // by option name; flags hold "1"

  std::string get(std::string_view option) const {
    const auto found = values.find(option);
    return found == values.end() ? std::string() : found->second;
  }
  bool has(std::string_view flag) const { return !get(flag).empty(); }
};

struct Command {
  std::string_view name;
  std::string_view summary;     // one line, lower case
  std::string_view details;     // what it answers, examples, exit codes
  std::string_view positional;  // "POLICY..."; empty: none
  size_t least_positional = 0;
  size_t most_positional = 1000;
  std::vector<Option> options;
  Exit (*run)(const Arguments& arguments);
};

// One row per command, in the order of `bulkhead --help`.
const std::vector<Command>& commands();

// The option that every command with findings shares.
Option format_option();

// The option of the commands that act on one product of a policy with variants.
Option set_option();

// How much is done at the same time, and what it has no say in: the result.
Option jobs_option(std::string_view help);
Result<unsigned> read_jobs(const std::string& text);

// The value of an option as a number from `least` to `most`.
Result<size_t> read_number(const Arguments& arguments, std::string_view option, size_t least,
                                  size_t most);

// Prints "bulkhead: <message>" and its hint on stderr; returns CannotRun.
Exit cannot_run(const Failure& failure);

}  // namespace bh::cli

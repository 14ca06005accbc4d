// The commands of a session, each a class of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "session.h"

namespace maildrop {

using Words = std::vector<std::string>;

Words split(std::string_view line);

class Command {
 public:
  virtual ~Command() = default;
  virtual bool fits(const Session& session, const Words& words) const = 0;
  virtual void run(Session& session, const Words& words) const = 0;
};

// Null: there is no such command.
const Command* find_command(const std::string& name);

}  // namespace maildrop

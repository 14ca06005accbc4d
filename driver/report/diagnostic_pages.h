// The pages of docs/diagnostics, compiled in.
#pragma once

#include <string_view>
#include <vector>

namespace bh {

struct DiagnosticPage {
  std::string_view code;  // "BH2001"
  std::string_view text;  // Markdown
};

// Sorted by code.
const std::vector<DiagnosticPage>& diagnostic_pages();

}  // namespace bh

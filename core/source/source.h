// Source text and places in it. Everything that a user wrote carries a Span, all the way to the side file
// of an emitted table.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/id.h"

namespace bh {

using FileId = StrongId<struct FileTag>;

// Bytes [begin, end) of a file. A default Span points nowhere (a synthesised thing).
struct Span {
  FileId file;
  uint32_t begin = 0;
  uint32_t end = 0;
  bool valid() const { return file.valid(); }
  auto operator<=>(const Span&) const = default;
};

// Covers both; `a` when `b` points nowhere, and the other way round.
Span join(Span a, Span b);

struct LineColumn {
  uint32_t line = 1;    // from 1
  uint32_t column = 1;  // from 1, in bytes
};

class SourceFile {
 public:
  SourceFile(std::string path, std::string text);
  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  LineColumn position(uint32_t offset) const;      // an offset past the end is taken as the end
  std::string_view line_text(uint32_t line) const;  // without the line break; "" when out of range
  uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }

 private:
  std::string path_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

// All files of one run. INVARIANT: text of an added file never changes (spans point into it).
class SourceMap {
 public:
  FileId add(std::string path, std::string text) {
    return files_.add(SourceFile(std::move(path), std::move(text)));
  }
  const SourceFile& operator[](FileId id) const { return files_[id]; }
  std::string_view text(Span span) const;   // the spanned bytes; "" for a span that points nowhere
  std::string one_line(Span span) const;    // the same with each run of white space as one blank
  std::string print(Span span) const;       // "gateway.bh:12:3"; "" for a span that points nowhere
  size_t size() const { return files_.size(); }

 private:
  Store<FileId, SourceFile> files_;
};

}  // namespace bh

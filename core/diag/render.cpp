#include "core/diag/render.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace bh {

std::string_view print(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Undecided:
      return "undecided";
    case Severity::Warning:
      return "warning";
  }
  BH_CHECK(false);
}

// ---- columns
// -----------------------------------------------------------------------------------------

namespace {

struct CodePoint {
  uint32_t value;
  size_t length;  // bytes; a malformed byte stands for itself
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  const size_t length = first < 0x80    ? 1
                        : first >= 0xf0 ? 4
                        : first >= 0xe0 ? 3
                        : first >= 0xc0 ? 2
                                        : 1;
  if (length == 1 || length > text.size()) return {first, 1};
  uint32_t value = first & (0xffU >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {first, 1};
    value = value << 6 | (byte(i) & 0x3f);
  }
  return {value, length};
}

struct Range {
  uint32_t first;
  uint32_t last;
};

// Blocks of Unicode's East Asian Width W and F (UAX 11), and of combining marks; whole blocks only,
// which is right for any text that a policy is likely to hold.
constexpr std::array<Range, 11> Wide{{{0x1100, 0x115f},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0x33ff},
                                      {0x3400, 0x4dbf},
                                      {0x4e00, 0x9fff},
                                      {0xa000, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xff00, 0xff60},
                                      {0x1f300, 0x1faff},
                                      {0x20000, 0x3fffd}}};
constexpr std::array<Range, 5> Combining{
    {{0x0300, 0x036f}, {0x1ab0, 0x1aff}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

template <size_t N>
bool in(const std::array<Range, N>& ranges, uint32_t value) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& r) { return r.first <= value && value <= r.last; });
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (!in(Combining, point.value)) width += in(Wide, point.value) ? 2 : 1;
    text.remove_prefix(point.length);
  }
  return width;
}

// ---- text
// --------------------------------------------------------------------------------------------

namespace {

constexpr size_t MaxLine = 200;  // bytes of a source line that are shown

class Painter {
 public:
  explicit Painter(Colour colour) : on_(colour == Colour::Always) {}
  std::string severity(Severity severity, std::string_view text) const {
    const std::string_view code = severity == Severity::Error       ? "1;31"
                                  : severity == Severity::Undecided ? "1;35"
                                                                    : "1;33";
    return paint(code, text);
  }
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string frame(std::string_view text) const { return paint("1;34", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const {
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool on_;
};

// What a hostile file must not send to the terminal: control characters (they become spaces) and bytes that are
// not UTF-8 or reorder text (bidirectional controls, as in "Trojan Source"; they become question marks). Columns
// stay what display_width says.
std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    const bool control = point.value < 0x20 || point.value == 0x7f;
    const bool reorders = (point.value >= 0x202a && point.value <= 0x202e) ||
                          (point.value >= 0x2066 && point.value <= 0x2069);
    const bool malformed = point.length == 1 && point.value >= 0x80;
    const bool c1 = point.length == 2 && point.value < 0xa0;
    if (control || c1) {
      result += ' ';
    } else if (malformed || reorders) {
      result += '?';
    } else {
      result += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return result;
}

// One marked place: the line, the carets under it, the text behind them.
struct Mark {
  Span span;
  std::string text;
  char sign = '^';
};

class TextRenderer {
 public:
  TextRenderer(const Diagnostic& diagnostic, const SourceMap& sources, Colour colour)
      : diagnostic_(diagnostic), sources_(sources), paint_(colour) {}

  std::string render() {
    const std::string head =
        fmt::format("{}[{}]", print(diagnostic_.severity), print_code(diagnostic_.code));
    text_ = paint_.severity(diagnostic_.severity, head) +
            paint_.bold(": " + printable(diagnostic_.message)) + "\n";
    collect();
    for (const Mark& mark : marks_) width_ = std::max(width_, line_number(mark.span).size());
    for (size_t i = 0; i < marks_.size(); ++i) snippet(i);
    for (const std::string& label : placeless_) trailer("note", label);
    for (const std::string& note : diagnostic_.notes) trailer("note", note);
    for (const std::string& help : diagnostic_.helps) trailer("help", help);
    for (const FixIt& fix : diagnostic_.fixes) trailer("help", fix.text);
    trailer("help", "bulkhead explain " + print_code(diagnostic_.code));
    return text_;
  }

 private:
  void collect() {
    if (diagnostic_.span.valid()) marks_.push_back({diagnostic_.span, "", '^'});
    for (const Label& label : diagnostic_.labels) {
      if (!label.span.valid()) {
        placeless_.push_back(label.text);
      } else if (!marks_.empty() && label.span == diagnostic_.span && marks_[0].text.empty()) {
        marks_[0].text = label.text;
      } else {
        marks_.push_back({label.span, label.text, '-'});
      }
    }
  }

  std::string line_number(Span span) const {
    return fmt::format("{}", sources_[span.file].position(span.begin).line);
  }

  void gutter(std::string_view number) {
    text_ += paint_.frame(fmt::format("{:>{}} |", number, width_ + 1)) + " ";
  }

  // The header line names the file wherever it changes from the place before.
  void snippet(size_t index) {
    const Mark& mark = marks_[index];
    const bool first = index == 0;
    if (first || marks_[index - 1].span.file != mark.span.file) {
      text_ += paint_.frame(fmt::format("{:>{}}", first ? "-->" : ":::", width_ + 3)) + " " +
               printable(sources_.print(mark.span)) + "\n";
    }
    const SourceFile& file = sources_[mark.span.file];
    const LineColumn start = file.position(mark.span.begin);
    if (index == 0 || !same_line(marks_[index - 1].span, mark.span)) {
      gutter(fmt::format("{}", start.line));
      text_ += printable(file.line_text(start.line).substr(0, MaxLine)) + "\n";
    }
    gutter("");
    text_ += carets(file, mark, start);
  }

  bool same_line(Span a, Span b) const {
    return a.file == b.file && line_number(a) == line_number(b);
  }

  std::string carets(const SourceFile& file, const Mark& mark, LineColumn start) const {
    const std::string_view line = file.line_text(start.line).substr(0, MaxLine);
    const size_t begin = std::min<size_t>(start.column - 1, line.size());
    const size_t end = std::min<size_t>(begin + (mark.span.end - mark.span.begin), line.size());
    const size_t indent = display_width(line.substr(0, begin));
    const size_t count = std::max<size_t>(1, display_width(line.substr(begin, end - begin)));
    std::string under(count, mark.sign);
    if (!mark.text.empty()) under += " " + printable(mark.text);
    const std::string painted =
        mark.sign == '^' ? paint_.severity(diagnostic_.severity, under) : paint_.frame(under);
    return std::string(indent, ' ') + painted + "\n";
  }

  void trailer(std::string_view kind, std::string_view words) {
    text_ += paint_.frame(fmt::format("{:>{}}", "=", width_ + 3)) + " " +
             paint_.bold(fmt::format("{}:", kind)) + " " + printable(words) + "\n";
  }

  const Diagnostic& diagnostic_;
  const SourceMap& sources_;
  Painter paint_;
  std::vector<Mark> marks_;
  std::vector<std::string> placeless_;  // labels that point nowhere: shown like notes
  std::string text_;
  size_t width_ = 1;  // of the widest line number
};

}  // namespace

std::string render_text(const Diagnostic& diagnostic, const SourceMap& sources, Colour colour) {
  return TextRenderer(diagnostic, sources, colour).render();
}

std::string render_text(const DiagnosticSink& sink, const SourceMap& sources, Colour colour) {
  std::string text;
  for (const Diagnostic& d : sink.diagnostics()) text += render_text(d, sources, colour) + "\n";
  return text;
}

// ---- json
// --------------------------------------------------------------------------------------------

using Json = nlohmann::ordered_json;

static Json place_json(Span span, const SourceMap& sources) {
  if (!span.valid()) return nullptr;
  const SourceFile& file = sources[span.file];
  const LineColumn begin = file.position(span.begin);
  const LineColumn end = file.position(span.end);
  return {{"file", file.path()},
          {"line", begin.line},
          {"column", begin.column},
          {"end_line", end.line},
          {"end_column", end.column}};
}

static Json code_place_json(const Place& at) {
  return {{"file", at.file}, {"line", at.line}, {"column", at.column}};
}

// What a finding about code says beyond one about a policy.
static void add_code(const Diagnostic& d, Json& json) {
  json["key"] = d.key;
  json["at"] = d.at ? code_place_json(*d.at) : Json(nullptr);
  json["path"] = Json::array();
  for (const CodeStep& step : d.steps)
    json["path"].push_back({{"at", code_place_json(step.at)}, {"text", step.text}});
}

static Json to_json(const Diagnostic& d, const SourceMap& sources) {
  Json labels = Json::array();
  for (const Label& label : d.labels) {
    labels.push_back({{"place", place_json(label.span, sources)}, {"text", label.text}});
  }
  Json fixes = Json::array();
  for (const FixIt& fix : d.fixes) {
    fixes.push_back(
        {{"text", fix.text}, {"replace", place_json(fix.replace, sources)}, {"with", fix.with}});
  }
  Json json = {{"code", print_code(d.code)}, {"severity", std::string(print(d.severity))},
               {"message", d.message},       {"place", place_json(d.span, sources)},
               {"labels", labels},           {"notes", d.notes},
               {"helps", d.helps},           {"fixes", fixes}};
  if (d.code >= 5000 && d.code < 6000) add_code(d, json);
  return json;
}

std::string render_json(const DiagnosticSink& sink, const SourceMap& sources) {
  Json findings = Json::array();
  for (const Diagnostic& d : sink.diagnostics()) findings.push_back(to_json(d, sources));
  return findings.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace bh

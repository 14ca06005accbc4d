#include "driver/pipeline/facts_database.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>

#include "analyzer/program.h"
#include "core/base/check.h"

namespace bh {
namespace {

namespace fs = std::filesystem;

constexpr int SchemaVersion = 1;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
struct EndStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// A statement whose columns are filled from left to right.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  Row& text(std::string_view value) {
    sqlite3_bind_text64(statement_, ++column_, value.data(), value.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
    return *this;
  }
  Row& number(int64_t value) {
    sqlite3_bind_int64(statement_, ++column_, value);
    return *this;
  }
  Row& place(const Place& at) { return text(at.file).number(at.line).number(at.column); }
  // The owner as the facts name it and as a person does: "f@src/a.c", "f".
  Row& owner(const std::string& owner) {
    const bool variable = owner.starts_with("=");
    return text(owner).text(plain_name(std::string_view(owner).substr(variable ? 1 : 0)));
  }
  Row& name(const std::string& link_name) { return text(link_name).text(plain_name(link_name)); }
  Row& slot(const std::string& slot) {
    const size_t colon = slot.find(':');
    return text(slot).text(
        colon == slot.npos ? slot : plain_name(std::string_view(slot).substr(colon + 1)));
  }
  Row& values(const std::vector<Value>& values) {
    std::vector<std::string> texts;
    for (const Value& value : values) texts.push_back(print(value));
    return text(fmt::format("{}", fmt::join(texts, ", ")));
  }
  Row& texts(const std::vector<std::string>& list) {
    return text(fmt::format("{}", fmt::join(list, " ")));
  }
  int columns() const { return column_; }

 private:
  sqlite3_stmt* statement_;
  int column_ = 0;
};

std::string_view print(CallHow how) {
  switch (how) {
    case CallHow::Direct:
      return "direct";
    case CallHow::Created:
      return "created";
    case CallHow::Destroyed:
      return "destroyed";
  }
  return "";
}

std::string_view print(StoreHow how) {
  switch (how) {
    case StoreHow::Assign:
      return "assign";
    case StoreHow::Change:
      return "change";
    case StoreHow::Set:
      return "set";
    case StoreHow::Keep:
      return "keep";
    case StoreHow::Address:
      return "address";
  }
  return "";
}

std::string_view print(UseHow how) {
  switch (how) {
    case UseHow::Name:
      return "name";
    case UseHow::Read:
      return "read";
    case UseHow::Write:
      return "write";
    case UseHow::Change:
      return "change";
    case UseHow::Address:
      return "address";
  }
  return "";
}

std::string_view print(SpecialKind kind) {
  switch (kind) {
    case SpecialKind::Assembly:
      return "assembly";
    case SpecialKind::NoFlow:
      return "no-flow";
  }
  return "";
}

// ---- tables -------------------------------------------------------------------------------------

constexpr std::string_view PlaceColumns = "file TEXT, line INTEGER, col INTEGER";
constexpr std::string_view OwnerColumns =
    "owner TEXT, owner_name TEXT, file TEXT, line INTEGER, col INTEGER, block TEXT";

template <class Fact>
Row& owned(Row& row, const Fact& fact) {
  return row.owner(fact.owner).place(fact.at).text(fact.block);
}

void fill(Row& row, const UnitFact& f) {
  row.text(f.path)
      .text(f.arguments)
      .text(f.state == UnitState::Ok ? "ok" : "failed")
      .text(f.reason);
}
void fill(Row& row, const FunctionFact& f) {
  row.text(f.definition)
      .name(f.name)
      .text(f.type)
      .place(f.at)
      .number(f.last_line)
      .texts(f.attributes);
}
void fill(Row& row, const GlobalFact& f) {
  row.name(f.name).text(f.type).place(f.at).texts(f.attributes);
}
void fill(Row& row, const FlowFact& f) {
  row.text(f.id).number(f.entry).number(static_cast<int64_t>(f.blocks.size()));
}
void fill(Row& row, const CallFact& f) {
  owned(row, f)
      .number(f.order)
      .name(f.callee)
      .text(print(f.how))
      .text(f.macros)
      .values(f.arguments);
}
void fill(Row& row, const IndirectCallFact& f) {
  owned(row, f).number(f.order).text(f.type).text(print(f.through)).values(f.arguments);
}
void fill(Row& row, const StoreFact& f) {
  owned(row, f).slot(f.slot).text(print(f.how)).text(print(f.value));
}
void fill(Row& row, const ReferenceFact& f) {
  const bool function = f.target.kind == AtomKind::Function;
  owned(row, f).text(print(f.how)).text(function ? "function" : "slot");
  function ? row.name(f.target.text) : row.slot(f.target.text);
}
void fill(Row& row, const RowFact& f) {
  row.name(f.table).number(f.index).place(f.at).texts(f.cells);
}
void fill(Row& row, const CaseFact& f) { owned(row, f).text(print(f.on)).text(print(f.constant)); }
void fill(Row& row, const PassFact& f) {
  owned(row, f).name(f.callee).number(f.argument).text(f.record);
}
void fill(Row& row, const RecordFact& f) {
  row.text(f.record).number(f.index).text(f.field).text(f.type).text(f.holds);
}
void fill(Row& row, const IncludeFact& f) { row.place(f.at).text(f.path); }
void fill(Row& row, const SkippedFact& f) { row.place(f.at).number(f.last_line); }
void fill(Row& row, const VanishedFact& f) { row.place(f.at).text(f.macro); }
void fill(Row& row, const OverrideFact& f) { row.text(f.method).text(f.base); }
void fill(Row& row, const SpecialFact& f) { owned(row, f).text(print(f.kind)); }

// The table of a kind of record, by the name that each_kind() gives it.
struct Table {
  std::string_view kind;
  std::string_view name;
  std::string_view before;  // columns common to several tables
  std::string_view columns;
};

constexpr Table Tables[] = {
    {"unit", "units", "", "path TEXT, arguments TEXT, state TEXT, reason TEXT"},
    {"function", "functions", "",
     "definition TEXT, link_name TEXT, name TEXT, type TEXT, file TEXT, line INTEGER, col INTEGER, "
     "last_line INTEGER, attributes TEXT"},
    {"global", "globals", "",
     "link_name TEXT, name TEXT, type TEXT, file TEXT, line INTEGER, col INTEGER, attributes TEXT"},
    {"flow", "flows", "", "id TEXT, entry INTEGER, blocks INTEGER"},
    {"call", "calls", OwnerColumns,
     "ord INTEGER, callee TEXT, callee_name TEXT, how TEXT, macros TEXT, arguments TEXT"},
    {"icall", "indirect_calls", OwnerColumns,
     "ord INTEGER, type TEXT, through TEXT, arguments TEXT"},
    {"store", "stores", OwnerColumns, "slot TEXT, variable TEXT, how TEXT, value TEXT"},
    {"reference", "uses", OwnerColumns, "how TEXT, kind TEXT, target TEXT, target_name TEXT"},
    {"row", "rows", "",
     "link_name TEXT, name TEXT, idx INTEGER, file TEXT, line INTEGER, col INTEGER, cells TEXT"},
    {"case", "cases", OwnerColumns, "on_value TEXT, constant TEXT"},
    {"pass", "passes", OwnerColumns,
     "callee TEXT, callee_name TEXT, argument INTEGER, record TEXT"},
    {"record", "records", "", "record TEXT, idx INTEGER, field TEXT, type TEXT, holds TEXT"},
    {"include", "includes", PlaceColumns, "path TEXT"},
    {"skipped", "skipped", PlaceColumns, "last_line INTEGER"},
    {"vanished", "vanished", PlaceColumns, "macro TEXT"},
    {"override", "overrides", "", "method TEXT, base TEXT"},
    {"special", "specials", OwnerColumns, "kind TEXT"},
};

constexpr std::string_view Indexes =
    "CREATE INDEX functions_by_name ON functions(name);"
    "CREATE INDEX functions_by_definition ON functions(definition);"
    "CREATE INDEX calls_by_owner ON calls(owner);"
    "CREATE INDEX calls_by_callee ON calls(callee_name);"
    "CREATE INDEX indirect_calls_by_owner ON indirect_calls(owner);"
    "CREATE INDEX indirect_calls_by_through ON indirect_calls(through);"
    "CREATE INDEX stores_by_owner ON stores(owner);"
    "CREATE INDEX stores_by_slot ON stores(slot);"
    "CREATE INDEX stores_by_variable ON stores(variable);"
    "CREATE INDEX uses_by_owner ON uses(owner);"
    "CREATE INDEX uses_by_target ON uses(target_name);"
    "CREATE INDEX rows_by_name ON rows(name);";

const Table* table_of(std::string_view kind) {
  for (const Table& table : Tables)
    if (table.kind == kind) return &table;
  return nullptr;
}

// ---- writing ------------------------------------------------------------------------------------

class FactsWriter {
 public:
  explicit FactsWriter(sqlite3* database) : database_(database) {}

  // False when the database says no; it then knows why.
  bool run(const Facts& facts) {
    ok_ = execute(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);");
    add_meta("schema", SchemaVersion);
    each_kind(facts, [&](std::string_view kind, const auto& records) { add(kind, records); });
    return ok_ && execute(std::string(Indexes) + "COMMIT;");
  }

 private:
  bool execute(const std::string& sql) {
    return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }

  using Statement = std::unique_ptr<sqlite3_stmt, EndStatement>;

  Statement prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    ok_ = ok_ && sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK;
    return Statement(statement);
  }

  void add_meta(std::string_view key, size_t value) {
    const Statement statement = prepare("INSERT INTO meta VALUES (?, ?)");
    if (!ok_) return;
    Row(statement.get()).text(key).text(std::to_string(value));
    ok_ = sqlite3_step(statement.get()) == SQLITE_DONE;
  }

  template <class Fact>
  void add(std::string_view kind, const std::vector<Fact>& records) {
    const Table* table = table_of(kind);
    BH_CHECK(table != nullptr);
    ok_ = ok_ && execute(fmt::format("CREATE TABLE {}({}{}{})", table->name, table->before,
                                     table->before.empty() ? "" : ", ", table->columns));
    const Statement info = prepare(fmt::format("SELECT * FROM {}", table->name));
    if (!ok_) return;
    const int columns = sqlite3_column_count(info.get());
    std::string marks = "?";
    for (int i = 1; i < columns; ++i) marks += ", ?";
    const Statement statement =
        prepare(fmt::format("INSERT INTO {} VALUES ({})", table->name, marks));
    for (const Fact& fact : records) {
      if (!ok_) return;
      Row row(statement.get());
      fill(row, fact);
      BH_CHECK(row.columns() == columns);
      ok_ = sqlite3_step(statement.get()) == SQLITE_DONE &&
            sqlite3_reset(statement.get()) == SQLITE_OK;
    }
    add_meta(table->name, records.size());
  }

  sqlite3* database_;
  bool ok_ = true;
};

}  // namespace

Result<void> export_facts(const Facts& facts, const fs::path& file) {
  const fs::path beside = file.string() + fmt::format(".{}.tmp", getpid());
  std::error_code error;
  fs::remove(beside, error);
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(beside.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  std::unique_ptr<sqlite3, CloseDatabase> database(opened);
  const bool written = code == SQLITE_OK && FactsWriter(database.get()).run(facts);
  const std::string why = written ? "" : sqlite3_errmsg(database.get());
  database.reset();
  if (written) fs::rename(beside, file, error);
  if (!written || error) {
    const std::string reason = written ? error.message() : why;
    fs::remove(beside, error);
    return fail(fmt::format("cannot write '{}': {}", file.string(), reason));
  }
  return {};
}

}  // namespace bh

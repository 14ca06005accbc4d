#include "targets/selinux/sepol_reader.h"

// libsepol's internal structures, which are not stable: this file is built against the headers of
// the very library it is linked with. One of them has a field called `bool`.
extern "C" {
#define bool bool_
#include <sepol/debug.h>
#include <sepol/handle.h>
#include <sepol/policydb.h>
#include <sepol/policydb/policydb.h>
#undef bool
}

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "targets/selinux/isolated.h"

namespace bh {
namespace {

constexpr unsigned ReadSeconds = 120;
constexpr size_t MaxPermissions = 32;

// ---- in the child: policy -> lines
// -------------------------------------------------------------------

// "fact a b c d": the words of one line of the answer.
void answer(std::string& text, std::initializer_list<std::string_view> words) {
  const char* separator = "";
  for (std::string_view word : words) {
    text.append(separator).append(word);
    separator = " ";
  }
  text += '\n';
}

class PolicyWalk {
 public:
  PolicyWalk(const policydb_t& policy, const std::vector<std::string>& types) : policy_(policy) {
    members_.resize(policy.p_types.nprim + size_t{1});
    sizes_.resize(members_.size());
    find_types(types);
    for (uint32_t value = 1; value <= policy.p_classes.nprim; ++value) name_permissions(value);
  }

  std::string run() {
    walk(policy_.te_avtab, "fact");
    walk(policy_.te_cond_avtab, "conditional");
    answer(text_, {"types", std::to_string(type_count_)});
    answer(text_, {"rules", std::to_string(rule_count_)});
    answer(text_, {"end"});
    return std::move(text_);
  }

 private:
  using Permissions = std::array<std::string, MaxPermissions>;

  const char* type_name(uint32_t value) const {
    const char* name = policy_.p_type_val_to_name[value - 1];
    return name == nullptr ? "?" : name;
  }

  // members_[v]: those of our types that the type or attribute v stands for.
  void find_types(const std::vector<std::string>& types) {
    std::map<std::string, uint32_t, std::less<>> values;
    for (uint32_t value = 1; value <= policy_.p_types.nprim; ++value) {
      const type_datum_t* datum = policy_.type_val_to_struct[value - 1];
      if (datum == nullptr || datum->flavor != TYPE_TYPE) continue;
      ++type_count_;
      values.emplace(type_name(value), value);
      for_each_set_with(value, [&](uint32_t set) { ++sizes_[set]; });
    }
    for (const std::string& type : types) {
      const auto at = values.find(type);
      if (at == values.end()) {
        answer(text_, {"missing", type});
        continue;
      }
      add_type(type, at->second);
    }
  }

  // The type itself and each attribute that it has.
  template <class Do>
  void for_each_set_with(uint32_t type, Do what) const {
    what(type);
    const ebitmap_t& attributes = policy_.type_attr_map[type - 1];
    ebitmap_node_t* node = nullptr;
    unsigned bit = 0;
    ebitmap_for_each_positive_bit(&attributes, node, bit) {
      if (bit + 1 != type && bit + 1 < members_.size()) what(bit + 1);
    }
  }

  void add_type(const std::string& type, uint32_t value) {
    for_each_set_with(value, [&](uint32_t set) { members_[set].push_back(value); });
    if (ebitmap_get(policy_.permissive_map, value)) answer(text_, {"permissive", type});
  }

  static bool ebitmap_get(const ebitmap_t& map, uint32_t wanted) {
    ebitmap_node_t* node = nullptr;
    unsigned bit = 0;
    ebitmap_for_each_positive_bit(&map, node, bit) {
      if (bit == wanted) return true;
    }
    return false;
  }

  void name_permissions(uint32_t class_value) {
    Permissions& names = permissions_.emplace_back();
    for (size_t bit = 0; bit < names.size(); ++bit) names[bit] = fmt::format("#{}", bit);
    const class_datum_t* datum = policy_.class_val_to_struct[class_value - 1];
    if (datum == nullptr) return;
    if (datum->comdatum != nullptr) name_permissions(datum->comdatum->permissions, names);
    name_permissions(datum->permissions, names);
  }

  static void name_permissions(const symtab_t& table, Permissions& names) {
    for (unsigned slot = 0; slot < table.table->size; ++slot) {
      for (hashtab_ptr_t node = table.table->htable[slot]; node != nullptr; node = node->next) {
        const uint32_t value = static_cast<const perm_datum_t*>(node->datum)->s.value;
        if (value >= 1 && value <= names.size()) names[value - 1] = node->key;
      }
    }
  }

  void walk(const avtab_t& table, const char* kind) {
    if (table.htable == nullptr) return;
    for (uint32_t slot = 0; slot < table.nslot; ++slot) {
      for (avtab_ptr_t node = table.htable[slot]; node != nullptr; node = node->next) {
        if (node->key.specified & AVTAB_ALLOWED) {
          ++rule_count_;
          add_rule(node->key, node->datum.data, kind);
        } else if (node->key.specified & AVTAB_XPERMS_ALLOWED) {
          add_rule(node->key, ioctl_bit(node->key.target_class), "filtered");
        }
      }
    }
  }

  void add_rule(const avtab_key_t& key, uint32_t vector, const char* kind) {
    if (key.source_type >= members_.size() || key.target_type >= members_.size()) return;
    const std::vector<uint32_t>& sources = members_[key.source_type];
    const std::vector<uint32_t>& targets = members_[key.target_type];
    if (sources.empty() && targets.empty()) return;
    for (uint32_t source : sources) {
      for (uint32_t target : targets) {
        add_facts(kind, type_name(source), type_name(target), key.target_class, vector);
      }
    }
    // An attribute may hold types of both sorts, so a rule between two of ours can also be foreign.
    if (!all_ours(key.source_type) || !all_ours(key.target_type)) {
      add_facts("foreign", type_name(key.source_type), type_name(key.target_type), key.target_class,
                vector);
    }
  }

  bool all_ours(uint32_t value) const { return members_[value].size() == sizes_[value]; }

  // Extended permissions exist for ioctl alone.
  uint32_t ioctl_bit(uint32_t class_value) const {
    if (class_value == 0 || class_value > permissions_.size()) return 0;
    const Permissions& names = permissions_[class_value - 1];
    const auto at = std::find(names.begin(), names.end(), "ioctl");
    return at == names.end() ? 0 : uint32_t{1} << (at - names.begin());
  }

  void add_facts(const char* kind, std::string_view source, std::string_view target,
                 uint32_t class_value, uint32_t vector) {
    if (class_value == 0 || class_value > permissions_.size()) return;
    const char* name = policy_.p_class_val_to_name[class_value - 1];
    for (size_t bit = 0; bit < MaxPermissions; ++bit) {
      if ((vector >> bit & 1) == 0) continue;
      answer(text_, {kind, source, target, name == nullptr ? "?" : name,
                     permissions_[class_value - 1][bit]});
    }
  }

  const policydb_t& policy_;
  std::vector<std::vector<uint32_t>> members_;  // by value of a type or attribute
  std::vector<size_t> sizes_;             // likewise: how many types it stands for, ours or not
  std::vector<Permissions> permissions_;  // by class value - 1
  std::string text_;
  size_t type_count_ = 0;
  size_t rule_count_ = 0;
};

// Keeps libsepol's last message.
__attribute__((format(printf, 3, 4))) void keep_message(void* text, sepol_handle_t*,
                                                        const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  *static_cast<std::string*>(text) = line;
}

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// Runs in a process that ends right after: what libsepol allocates is given back, but nothing
// depends on it.
std::string read_lines(std::FILE* file, const std::vector<std::string>& types) {
  std::string message = "not a compiled policy";
  const Owned<sepol_handle_t> handle(sepol_handle_create(), sepol_handle_destroy);
  sepol_policydb_t* policy = nullptr;
  sepol_policy_file_t* source = nullptr;
  if (!handle || sepol_policydb_create(&policy) != 0 || sepol_policy_file_create(&source) != 0) {
    return "error out of memory\n";
  }
  const Owned<sepol_policydb_t> owned_policy(policy, sepol_policydb_free);
  const Owned<sepol_policy_file_t> owned_source(source, sepol_policy_file_free);
  sepol_msg_set_callback(handle.get(), keep_message, &message);
  sepol_policy_file_set_fp(source, file);
  sepol_policy_file_set_handle(source, handle.get());
  if (sepol_policydb_read(policy, source) != 0) return "error " + message + "\n";
  if (policy->p.policy_type != POLICY_KERN) return "error it is a module, not a kernel policy\n";
  if (std::fgetc(file) != EOF) return "error bytes follow the end of the policy\n";
  return PolicyWalk(policy->p, types).run();
}

// ---- in the parent: lines -> BinaryTe
// ----------------------------------------------------------------

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words(1);
  for (char c : line) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// Adds one line; false when it is not one that the child can have written.
bool take_line(const std::vector<std::string>& words, BinaryTe& te) {
  const std::string& kind = words.front();
  if (words.size() == 5) {
    TeFacts* facts = kind == "fact"          ? &te.facts
                     : kind == "conditional" ? &te.conditional
                     : kind == "filtered"    ? &te.filtered
                     : kind == "foreign"     ? &te.foreign
                                             : nullptr;
    if (facts == nullptr) return false;
    facts->insert({words[1], words[2], words[3], words[4]});
    return true;
  }
  if (words.size() != 2) return false;
  if (kind == "missing") {
    te.missing.push_back(words[1]);
  } else if (kind == "permissive") {
    te.permissive.push_back(words[1]);
  } else if (kind == "types") {
    te.types = std::strtoull(words[1].c_str(), nullptr, 10);
  } else if (kind == "rules") {
    te.rules = std::strtoull(words[1].c_str(), nullptr, 10);
  } else {
    return false;
  }
  return true;
}

Result<BinaryTe> parse_lines(const std::string& path, std::string_view text) {
  BinaryTe te;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line == "end" && text.empty()) return te;
    if (line.substr(0, 6) == "error ") {
      return fail(fmt::format("'{}' is not a readable policy: {}", path, line.substr(6)));
    }
    if (!take_line(split(line), te)) break;
  }
  return fail(
      fmt::format("'{}' is not a readable policy: it has names that no policy may have", path));
}

}  // namespace

Result<BinaryTe> read_binary(const std::string& path, const std::vector<std::string>& types) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode))
    return fail(fmt::format("cannot read '{}': it is not a file", path));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             std::fclose);
  if (!file) return fail(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  IsolationLimits limits;
  limits.cpu_seconds = ReadSeconds;
  const Result<std::string> lines =
      run_isolated([&] { return read_lines(file.get(), types); }, limits);
  if (!lines.has_value()) {
    return fail(fmt::format("'{}' is not a readable policy: {}", path, lines.error().message));
  }
  return parse_lines(path, *lines);
}

}  // namespace bh

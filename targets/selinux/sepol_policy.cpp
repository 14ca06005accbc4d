#include "targets/selinux/sepol_policy.h"

// CIL's header reaches a structure with a field called `bool`.
extern "C" {
#define bool bool_
#include <sepol/cil/cil.h>
#include <sepol/debug.h>
#include <sepol/handle.h>
#include <sepol/module.h>
#include <sepol/module_to_cil.h>
#include <sepol/policydb.h>
#include <sepol/policydb/module.h>
#include <sepol/policydb/policydb.h>
#undef bool
}

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "targets/selinux/isolated.h"
#include "targets/selinux/sepol_extract.h"
#include "targets/selinux/wire.h"

namespace bh::selinux {
namespace {

constexpr unsigned ReadSeconds = 120;
constexpr unsigned CompileSeconds = 600;
constexpr size_t MaxMessage = 2000;
constexpr char Good = '+';  // the first byte of the child's answer; after it what was asked for
constexpr char Bad = '-';   // after it why not

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

std::string answer(const Result<Policy>& policy) {
  if (!policy.has_value()) return Bad + policy.error().message;
  return Good + encode(*policy);
}

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

// Runs in a process that ends right after, so nothing is given back.
std::string read_binary(std::string_view bytes) {
  std::string message = "not a compiled policy";
  sepol_handle_t* handle = sepol_handle_create();
  sepol_policydb_t* policy = nullptr;
  sepol_policy_file_t* source = nullptr;
  if (handle == nullptr || sepol_policydb_create(&policy) != 0 ||
      sepol_policy_file_create(&source) != 0) {
    return Bad + std::string("out of memory");
  }
  sepol_msg_set_callback(handle, keep_message, &message);
  const Owned<std::FILE> file(fmemopen(const_cast<char*>(bytes.data()), bytes.size(), "rb"),
                              [](std::FILE* f) { (void)std::fclose(f); });
  if (!file) return Bad + std::string("it is empty");
  sepol_policy_file_set_fp(source, file.get());
  sepol_policy_file_set_handle(source, handle);
  if (sepol_policydb_read(policy, source) != 0) return Bad + message;
  if (policy->p.policy_type != POLICY_KERN)
    return Bad + std::string("it is a module, not a kernel policy");
  if (std::fgetc(file.get()) != EOF) return Bad + std::string("bytes follow the end of the policy");
  return answer(extract(*policy));
}

// CIL's log has no argument of its own.
std::string& cil_words() {
  static std::string words;
  return words;
}

// Nothing where one of them is no CIL.
cil_db_t* parsed(const std::vector<CilText>& texts) {
  cil_set_log_level(CIL_ERR);
  cil_set_log_handler([](int, const char* message) {
    if (cil_words().size() < MaxMessage) cil_words() += message;
  });
  cil_db_t* db = nullptr;
  cil_db_init(&db);
  for (const CilText& text : texts) {
    if (cil_add_file(db, text.name.c_str(), text.text.data(), text.text.size()) != 0)
      return nullptr;
  }
  return db;
}

std::string compile(const std::vector<CilText>& texts) {
  cil_db_t* db = parsed(texts);
  if (db == nullptr || cil_compile(db) != 0) return Bad + cil_words();
  sepol_policydb_t* policy = nullptr;
  if (cil_build_policydb(db, &policy) != 0) return Bad + cil_words();
  // As a binary, so that there is one way to read a policy.
  void* bytes = nullptr;
  size_t size = 0;
  if (sepol_policydb_to_image(nullptr, policy, &bytes, &size) != 0)
    return Bad + std::string("libsepol cannot write it");
  return read_binary({static_cast<const char*>(bytes), size});
}

// Whether the line only asks that something be declared, as each module does of what it uses: a
// whole statement of an attribute that no rule speaks of. Where all is declared it says nothing.
bool only_requires(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const bool requires_it = line.starts_with("(typeattributeset cil_gen_require ") ||
                           line.starts_with("(roleattributeset cil_gen_require ");
  return requires_it && std::ranges::count(line, '(') == std::ranges::count(line, ')');
}

std::string resolve(const std::vector<CilText>& texts) {
  cil_db_t* db = parsed(texts);
  if (db == nullptr) return Bad + cil_words();
  char* bytes = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&bytes, &size);
  if (out == nullptr || cil_write_resolve_ast(out, db) != 0) return Bad + cil_words();
  (void)std::fclose(out);
  std::string text(1, Good);
  for (std::string_view rest(bytes, size); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!only_requires(line)) (text += line) += '\n';
  }
  return text;
}

// libsepol seeks to and fro in a package, which a stream of fmemopen does not survive.
std::FILE* file_holding(std::string_view bytes) {
  std::FILE* file = fdopen(memfd_create("module", 0), "w+b");
  if (file == nullptr) return nullptr;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) return nullptr;
  std::rewind(file);
  return file;
}

std::string convert(std::string_view bytes) {
  std::FILE* in = file_holding(bytes);
  sepol_module_package_t* package = nullptr;
  if (in == nullptr || sepol_ppfile_to_module_package(in, &package) != 0)
    return Bad + std::string("libsepol cannot read it");
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  if (out == nullptr || sepol_module_package_to_cil(out, package) != 0)
    return Bad + std::string("libsepol cannot write it as CIL");
  (void)std::fclose(out);
  return Good + std::string(text, size);
}

// What the child answers after its first byte.
Result<std::string> ask(const std::string& what, const std::function<std::string()>& work,
                        unsigned seconds) {
  IsolationLimits limits;
  limits.cpu_seconds = seconds;
  limits.answer_bytes = size_t{256} << 20;
  const Result<std::string> text = run_isolated(work, limits);
  if (!text.has_value()) return fail(fmt::format("{}: {}", what, text.error().message));
  if (text->empty() || text->front() != Good) {
    std::string why = text->empty() ? "its reader said nothing" : text->substr(1);
    while (!why.empty() && why.back() == '\n') why.pop_back();
    return fail(fmt::format("{}: {}", what, why.empty() ? "libsepol does not say why" : why));
  }
  return text->substr(1);
}

Result<Policy> ask_policy(const std::string& what, const std::function<std::string()>& work,
                          unsigned seconds) {
  BH_TRY(const std::string bytes, ask(what, work, seconds));
  std::optional<Policy> policy = decode(bytes);
  if (!policy) return fail(fmt::format("{}: its parts do not fit each other", what));
  return std::move(*policy);
}

bool begins(std::string_view bytes, uint32_t magic) {
  if (bytes.size() < sizeof magic) return false;
  for (size_t i = 0; i < sizeof magic; ++i) {
    if (static_cast<unsigned char>(bytes[i]) != (magic >> (8 * i) & 0xff)) return false;
  }
  return true;
}

}  // namespace

bool looks_like_kernel_policy(std::string_view bytes) { return begins(bytes, POLICYDB_MAGIC); }

bool looks_like_package(std::string_view bytes) {
  return begins(bytes, SEPOL_MODULE_PACKAGE_MAGIC);
}

Result<Policy> read_kernel_policy(const std::string& name, std::string_view bytes) {
  return ask_policy(
      fmt::format("'{}' is not a readable policy", name), [&] { return read_binary(bytes); },
      ReadSeconds);
}

Result<Policy> compile_policy(const std::vector<CilText>& texts) {
  return ask_policy(
      "the CIL files do not form a policy", [&] { return compile(texts); }, CompileSeconds);
}

Result<std::string> resolve_cil(const std::vector<CilText>& texts) {
  return ask("the CIL files do not form a policy", [&] { return resolve(texts); }, CompileSeconds);
}

Result<std::string> package_to_cil(const std::string& name, std::string_view bytes) {
  return ask(
      fmt::format("'{}' is not a readable module", name), [&] { return convert(bytes); },
      ReadSeconds);
}

}  // namespace bh::selinux

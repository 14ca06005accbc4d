// Where messages are kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace maildrop {

class Store {
 public:
  virtual ~Store() = default;
  virtual std::uint32_t add(const std::string& user, const std::string& text) = 0;
  virtual std::vector<std::uint32_t> list(const std::string& user) const = 0;
  virtual std::optional<std::string> fetch(const std::string& user, std::uint32_t id) const = 0;
  virtual bool remove(const std::string& user, std::uint32_t id) = 0;
};

class MemoryStore final : public Store {
 public:
  std::uint32_t add(const std::string& user, const std::string& text) override;
  std::vector<std::uint32_t> list(const std::string& user) const override;
  std::optional<std::string> fetch(const std::string& user, std::uint32_t id) const override;
  bool remove(const std::string& user, std::uint32_t id) override;

 private:
  std::map<std::string, std::map<std::uint32_t, std::string>> messages_;
  std::uint32_t next_ = 1;
};

// A folder for each user, a file for each message.
class FileStore final : public Store {
 public:
  explicit FileStore(std::filesystem::path folder);
  std::uint32_t add(const std::string& user, const std::string& text) override;
  std::vector<std::uint32_t> list(const std::string& user) const override;
  std::optional<std::string> fetch(const std::string& user, std::uint32_t id) const override;
  bool remove(const std::string& user, std::uint32_t id) override;

 private:
  std::filesystem::path file(const std::string& user, std::uint32_t id) const;

  std::filesystem::path folder_;
};

// An empty folder name: nothing outlives the process.
std::unique_ptr<Store> make_store(const std::string& folder);

}  // namespace maildrop

#include "store.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace maildrop {

std::uint32_t MemoryStore::add(const std::string& user, const std::string& text) {
  messages_[user].emplace(next_, text);
  return next_++;
}

std::vector<std::uint32_t> MemoryStore::list(const std::string& user) const {
  std::vector<std::uint32_t> ids;
  if (const auto found = messages_.find(user); found != messages_.end())
    std::transform(found->second.begin(), found->second.end(), std::back_inserter(ids),
                   [](const auto& entry) { return entry.first; });
  return ids;
}

std::optional<std::string> MemoryStore::fetch(const std::string& user, std::uint32_t id) const {
  const auto box = messages_.find(user);
  if (box == messages_.end()) return std::nullopt;
  const auto message = box->second.find(id);
  if (message == box->second.end()) return std::nullopt;
  return message->second;
}

bool MemoryStore::remove(const std::string& user, std::uint32_t id) {
  const auto box = messages_.find(user);
  return box != messages_.end() && box->second.erase(id) > 0;
}

FileStore::FileStore(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
}

std::filesystem::path FileStore::file(const std::string& user, std::uint32_t id) const {
  return folder_ / user / std::to_string(id);
}

std::uint32_t FileStore::add(const std::string& user, const std::string& text) {
  const std::vector<std::uint32_t> present = list(user);
  const std::uint32_t id = present.empty() ? 1 : present.back() + 1;
  std::filesystem::create_directories(folder_ / user);
  std::ofstream stream(file(user, id), std::ios::binary);
  stream << text;
  if (!stream.flush()) throw std::runtime_error("the spool is full");
  return id;
}

std::vector<std::uint32_t> FileStore::list(const std::string& user) const {
  std::vector<std::uint32_t> ids;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / user, none)) {
    const std::string name = entry.path().filename().string();
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (error == std::errc() && end == name.data() + name.size()) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<std::string> FileStore::fetch(const std::string& user, std::uint32_t id) const {
  std::ifstream stream(file(user, id), std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

bool FileStore::remove(const std::string& user, std::uint32_t id) {
  std::error_code error;
  return std::filesystem::remove(file(user, id), error);
}

std::unique_ptr<Store> make_store(const std::string& folder) {
  if (folder.empty()) return std::make_unique<MemoryStore>();
  return std::make_unique<FileStore>(folder);
}

}  // namespace maildrop

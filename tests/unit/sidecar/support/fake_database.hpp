#pragma once
// This component is a store for tests of notifications: it keeps all in memory, and fails to write
// or to read when it is told so.

#include "notify/silences.hpp"
#include "store/store.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace opsmon::test {

using namespace std::chrono_literals;

inline notify::Silence silence_of_one() {
    notify::Silence out;
    out.matchers = *notify::parse_matchers("alertname=One");
    out.ends_at = wall_now() + 3'600'000;
    out.created_by = "ana";
    return out;
}

// A database whose writes fail when it is told so.
class FakeDatabase : public store::Database {
public:
    struct Content {
        std::mutex mutex;
        std::map<store::Key, std::string> kept;
        bool full = false;
        bool unreadable = false;
        std::string unreadable_key; // alone
    };
    explicit FakeDatabase(std::shared_ptr<Content> content) : content_(std::move(content)) {}

    Result<std::optional<std::string>> read(const store::Key& key) override {
        const std::lock_guard lock(content_->mutex);
        if (content_->unreadable || content_->unreadable_key == key.second) {
            return Error{"disk I/O error", true};
        }
        const auto found = content_->kept.find(key);
        return found == content_->kept.end() ? std::nullopt : std::optional(found->second);
    }
    Result<void> write(const store::Key& key, const std::optional<std::string>& value) override {
        return write_batch({{key, value}});
    }
    Result<std::vector<store::Entry>> read_all(const std::string& kind) override {
        const std::lock_guard lock(content_->mutex);
        if (content_->unreadable) {
            return Error{"attempt to write a readonly database", true};
        }
        std::vector<store::Entry> out;
        for (const auto& [key, value] : content_->kept) {
            if (key.first == kind) {
                out.push_back({key.second, value});
            }
        }
        return out;
    }
    Result<void> write_batch(const std::vector<store::Change>& changes) override {
        const std::lock_guard lock(content_->mutex);
        if (content_->full) {
            return Error{"database or disk is full", true};
        }
        for (const auto& [key, value] : changes) {
            if (value) {
                content_->kept[key] = *value;
            } else {
                content_->kept.erase(key);
            }
        }
        return {};
    }

private:
    std::shared_ptr<Content> content_;
};

inline std::shared_ptr<store::Store>
store_on(const std::shared_ptr<FakeDatabase::Content>& content) {
    return *store::Store::open(
        "/fake", {5s, 5s, 10ms, 1s}, [content](const std::string&) -> store::OpenedDatabase {
            return std::unique_ptr<store::Database>(std::make_unique<FakeDatabase>(content));
        });
}

} // namespace opsmon::test

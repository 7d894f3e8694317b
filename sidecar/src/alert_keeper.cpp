#include "alert_keeper.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/text.hpp"

namespace opsmon {
namespace {

constexpr const char* kKind = "alerts";
constexpr const char* kIndex = "index"; // lines: key of a rule, number of its parts
constexpr const char* kWatchedUntil = "watched_until";
constexpr TimestampMs kToldEvery_ms = 5000;
constexpr std::size_t kRulesMax = 2000;
constexpr std::size_t kPartsMax = 64;
constexpr int kReadsMax = 60; // that fail: a part that never can be read must not stop the rest

// Identities are long; the text itself is kept beside its alerts.
std::string key_of(const std::string& identity) {
    std::uint64_t hash = 14695981039346656037ULL; // FNV-1a
    for (const char c : identity) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    std::array<char, 24> out{};
    std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(hash));
    return out.data();
}

std::string part_key(const std::string& key, std::size_t part) {
    return key + "." + std::to_string(part);
}

} // namespace

void AlertKeeper::restore(rules::Engine& engine) {
    if (restored_ || !store_) {
        return;
    }
    const auto told = store_->read(kKind, kWatchedUntil);
    const auto index = store_->read(kKind, kIndex);
    if (!told || !index) {
        if (!std::exchange(told_of_reading_, true)) {
            log::warning("alerts of the process before cannot be read yet; until they can, what "
                         "fired may seem new or over",
                         {{"error", (told ? index.error() : told.error()).message}});
        }
        return;
    }
    const auto watched_until = parse_count(told->value_or(""));
    if (!*index || !watched_until) {
        restored_ = true;
        return;
    }
    std::vector<rules::SavedRule> saved;
    std::string_view rest = **index;
    while (!rest.empty() && parts_.size() < kRulesMax) {
        const auto words = split_words(take_line(rest), 2);
        const auto parts = words.size() == 2 ? parse_count(words[1]) : std::nullopt;
        if (!parts) {
            continue;
        }
        const std::string key(words[0]);
        parts_[key] = std::min<std::size_t>(*parts, kPartsMax);
        for (std::size_t part = 0; part < parts_[key]; ++part) {
            const auto text = store_->read(kKind, part_key(key, part));
            if (!text && ++failed_reads_ < kReadsMax) { // the rest would wait as long for the disk
                parts_.clear();
                return; // to be tried again: until then nothing is written over
            }
            if (!text) {
                log::warning("alerts of the process before cannot be read; some start anew",
                             {{"error", text.error().message}});
                rest = {};
                break;
            }
            auto rule = *text ? rules::from_part(**text)
                              : Result<rules::SavedRule>(Error{"a part is missing"});
            if (rule) {
                saved.push_back(std::move(*rule));
            } else {
                log::warning("alerts of a rule are lost and start anew",
                             {{"error", rule.error().message}});
            }
        }
    }
    restored_ = true;
    engine.restore(saved, static_cast<TimestampMs>(*watched_until));
}

void AlertKeeper::keep(rules::Engine& engine, TimestampMs now) {
    if (!store_) {
        return;
    }
    if (!restored_ && store_->up()) {
        restore(engine);
    }
    if (!restored_) {
        return; // what changes meanwhile is taken when it can be written
    }
    const auto changes = engine.take_changes();
    const auto rules_before = parts_;
    for (const auto& rule : changes) {
        keep_rule(rule);
    }
    if (parts_ != rules_before) {
        write_index();
    }
    if (!changes.empty() || !told_at_ || now - *told_at_ >= kToldEvery_ms || now < *told_at_) {
        write(kWatchedUntil, std::to_string(now));
        told_at_ = now;
    }
}

void AlertKeeper::keep_rule(const rules::SavedRule& rule) {
    const auto key = key_of(rule.identity);
    auto parts = rules::to_parts(rule);
    if (parts.size() > kPartsMax) {
        parts.resize(kPartsMax);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        write(part_key(key, i), parts[i]);
    }
    const auto known = parts_.find(key);
    for (std::size_t i = parts.size(); known != parts_.end() && i < known->second; ++i) {
        (void)store_->remove(kKind, part_key(key, i));
    }
    if (parts.empty()) {
        parts_.erase(key);
    } else if (parts_.size() < kRulesMax) {
        parts_[key] = parts.size();
    }
}

void AlertKeeper::write_index() {
    std::string lines;
    for (const auto& [key, parts] : parts_) {
        lines += key + " " + std::to_string(parts) + "\n";
    }
    write(kIndex, lines);
}

bool AlertKeeper::write(const std::string& key, const std::string& value) {
    const auto written = store_->write(kKind, key, value);
    if (!written && !failed_) {
        log::warning("alerts are not kept over a restart", {{"error", written.error().message}});
    }
    failed_ = !written;
    return static_cast<bool>(written);
}

} // namespace opsmon

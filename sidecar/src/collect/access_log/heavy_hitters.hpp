#pragma once
// This component provides `HeavyHitters`: which keys of an endless stream come most often, in
// bounded memory, whatever the stream holds (Space-Saving: a new key takes the place of the rarest
// and inherits its count as its possible error). The top endpoints and clients are found with it.
// It has no clock; whoever wants the recent ones calls decay() now and then.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace opsmon::collect {

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
    }
};

class HeavyHitters {
public:
    struct Hitter {
        std::string key;
        std::uint64_t sure = 0; // at least so often
    };

    explicit HeavyHitters(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {
        index_.reserve(capacity_);
        counts_.reserve(capacity_);
        errors_.reserve(capacity_);
    }

    void add(std::string_view key) {
        if (const auto found = index_.find(key); found != index_.end()) {
            ++counts_[found->second];
            return;
        }
        if (counts_.size() < capacity_) {
            index_.emplace(std::string(key), counts_.size());
            keys_.emplace_back(key);
            counts_.push_back(1);
            errors_.push_back(0);
            return;
        }
        const auto rarest = find_rarest();
        auto node = index_.extract(index_.find(keys_[rarest]));
        node.key().assign(key);
        index_.insert(std::move(node));
        keys_[rarest].assign(key);
        errors_[rarest] = counts_[rarest]++;
    }

    // Halves everything: what came long ago counts less and less.
    void decay() {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            counts_[i] /= 2;
            errors_[i] /= 2;
        }
        rarest_hint_ = 0;
        rarest_count_ = 0;
    }

    void clear() {
        index_.clear();
        keys_.clear();
        counts_.clear();
        errors_.clear();
        rarest_hint_ = 0;
        rarest_count_ = 0;
    }

    [[nodiscard]] std::uint64_t sure_count(std::string_view key) const {
        const auto found = index_.find(key);
        return found == index_.end() ? 0 : counts_[found->second] - errors_[found->second];
    }

    // The most frequent first; equal ones by their key, so that the order is always the same.
    [[nodiscard]] std::vector<Hitter> top(std::size_t limit) const {
        std::vector<Hitter> out;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            out.push_back({keys_[i], counts_[i] - errors_[i]});
        }
        std::sort(out.begin(), out.end(), [](const Hitter& a, const Hitter& b) {
            return a.sure != b.sure ? a.sure > b.sure : a.key < b.key;
        });
        out.resize(std::min(out.size(), limit));
        return out;
    }

    [[nodiscard]] std::size_t size() const { return keys_.size(); }

private:
    // Counts only grow between two decays, so one with the lowest count so far is still rarest.
    std::size_t find_rarest() {
        for (std::size_t step = 0; step < counts_.size(); ++step) {
            if (counts_[rarest_hint_] == rarest_count_) {
                return rarest_hint_;
            }
            rarest_hint_ = (rarest_hint_ + 1) % counts_.size();
        }
        rarest_hint_ = static_cast<std::size_t>(std::min_element(counts_.begin(), counts_.end()) -
                                                counts_.begin());
        rarest_count_ = counts_[rarest_hint_];
        return rarest_hint_;
    }

    std::size_t capacity_;
    std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> index_;
    std::vector<std::string> keys_;
    std::vector<std::uint64_t> counts_;
    std::vector<std::uint64_t> errors_;
    std::size_t rarest_hint_ = 0;
    std::uint64_t rarest_count_ = 0;
};

} // namespace opsmon::collect

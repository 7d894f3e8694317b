#pragma once
// This component provides small numbers for sets of labels while one expression is evaluated, so
// that operators compare, group and change labels once for each series and not at every step. Only
// the nodes of an evaluation use it.

#include "metrics/labels.hpp"

#include <cstdint>
#include <deque>
#include <limits>
#include <unordered_map>
#include <vector>

namespace opsmon::promql {

using LabelId = std::uint32_t;
inline constexpr LabelId kNoLabelId = 0xffffffffU;

class LabelTable {
public:
    // Labels that outlive the table. Not looked at: equal labels may get different numbers.
    LabelId borrow(const metrics::Labels& labels);
    // Equal labels get the same number, which is a canonical one.
    LabelId intern(metrics::Labels labels);
    // The one number that stands for all labels equal to these.
    LabelId canonical(LabelId id);

    const metrics::Labels& operator[](LabelId id) const { return *entries_[id].labels; }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    // Of labels that were made while evaluating. Beyond the limit no more are kept: intern() gives
    // some number, and is_full() says that the evaluation has failed.
    void set_bytes_max(std::size_t bytes) { bytes_max_ = bytes; }
    [[nodiscard]] bool is_full() const { return bytes_ > bytes_max_; }

private:
    struct Entry {
        const metrics::Labels* labels;
        LabelId canonical;
    };
    struct Hash {
        std::size_t operator()(const metrics::Labels* labels) const {
            return metrics::LabelsHash{}(*labels);
        }
    };
    struct Equal {
        bool operator()(const metrics::Labels* a, const metrics::Labels* b) const {
            return *a == *b;
        }
    };

    std::vector<Entry> entries_;
    std::size_t bytes_ = 0;
    std::size_t bytes_max_ = std::numeric_limits<std::size_t>::max();
    std::deque<metrics::Labels> owned_;
    std::unordered_map<const metrics::Labels*, LabelId, Hash, Equal> index_;
};

// A change of labels, done once for each set of labels it meets.
class LabelChange {
public:
    // `change` makes the new labels from the old ones.
    template <typename Change>
    LabelId get(LabelTable& table, LabelId id, const Change& change) {
        if (id >= known_.size()) {
            known_.resize(table.size(), kNoLabelId);
        }
        if (known_[id] == kNoLabelId) {
            remember(id, table.intern(change(table[id])));
        }
        return known_[id];
    }

    // Whether different labels may have become equal, so that results have to be looked at.
    [[nodiscard]] bool ambiguous() const { return ambiguous_; }

private:
    void remember(LabelId from, LabelId to);

    std::vector<LabelId> known_;
    std::vector<bool> made_;
    bool ambiguous_ = false;
};

// Something kept for each number, all of it forgotten at once at the begin of a step.
template <typename T>
class StepMap {
public:
    void clear() { ++step_; }
    // The place of the value, and whether it is new.
    std::pair<T&, bool> at(LabelId id) {
        if (id >= slots_.size()) {
            slots_.resize(id + id / 2 + 16);
        }
        auto& slot = slots_[id];
        const bool is_new = slot.step != step_;
        slot.step = step_;
        return {slot.value, is_new};
    }
    [[nodiscard]] T* find(LabelId id) {
        return id < slots_.size() && slots_[id].step == step_ ? &slots_[id].value : nullptr;
    }

private:
    struct Slot {
        std::uint64_t step = 0;
        T value{};
    };
    std::vector<Slot> slots_;
    std::uint64_t step_ = 1;
};

metrics::Labels without_name(const metrics::Labels& labels);
metrics::Labels keep_labels(const metrics::Labels& labels, const std::vector<std::string>& names);
metrics::Labels drop_labels(const metrics::Labels& labels, const std::vector<std::string>& names);

} // namespace opsmon::promql

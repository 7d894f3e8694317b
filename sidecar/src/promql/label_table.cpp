#include "promql/label_table.hpp"

#include <algorithm>

namespace opsmon::promql {

LabelId LabelTable::borrow(const metrics::Labels& labels) {
    entries_.push_back({&labels, kNoLabelId});
    return static_cast<LabelId>(entries_.size() - 1);
}

LabelId LabelTable::intern(metrics::Labels labels) {
    if (const auto known = index_.find(&labels); known != index_.end()) {
        return known->second;
    }
    if (is_full() && !owned_.empty()) {
        return index_.find(&owned_.front())->second;
    }
    for (const auto& [name, value] : labels.pairs()) {
        bytes_ += sizeof(metrics::Labels::Pair) + name.size() + value.size();
    }
    owned_.push_back(std::move(labels));
    const auto id = borrow(owned_.back());
    entries_[id].canonical = id;
    index_.emplace(&owned_.back(), id);
    return id;
}

LabelId LabelTable::canonical(LabelId id) {
    auto& entry = entries_[id];
    if (entry.canonical == kNoLabelId) {
        entry.canonical = index_.try_emplace(entry.labels, id).first->second;
    }
    return entry.canonical;
}

void LabelChange::remember(LabelId from, LabelId to) {
    known_[from] = to;
    if (to >= made_.size()) {
        made_.resize(to + 1);
    }
    ambiguous_ = ambiguous_ || made_[to];
    made_[to] = true;
}

metrics::Labels without_name(const metrics::Labels& labels) {
    auto out = labels;
    out.remove(metrics::kMetricName);
    return out;
}

metrics::Labels keep_labels(const metrics::Labels& labels, const std::vector<std::string>& names) {
    metrics::Labels out;
    for (const auto& name : names) {
        out.set(name, labels.get(name));
    }
    return out;
}

metrics::Labels drop_labels(const metrics::Labels& labels, const std::vector<std::string>& names) {
    auto out = labels;
    for (const auto& name : names) {
        out.remove(name);
    }
    return out;
}

} // namespace opsmon::promql

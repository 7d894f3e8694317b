#include "metrics/labels.hpp"

#include <algorithm>
#include <functional>

namespace opsmon::metrics {
namespace {

auto position(auto& pairs, std::string_view name) {
    return std::lower_bound(pairs.begin(), pairs.end(), name,
                            [](const Labels::Pair& pair, std::string_view wanted) {
                                return std::string_view(pair.first) < wanted;
                            });
}

void append_quoted(std::string& out, std::string_view value) {
    out += '"';
    for (const char c : value) {
        switch (c) {
        case '\\':
            out += "\\\\";
            break;
        case '"':
            out += "\\\"";
            break;
        case '\n':
            out += "\\n";
            break;
        default:
            out += c;
        }
    }
    out += '"';
}

} // namespace

Labels::Labels(std::vector<Pair> pairs) {
    pairs_.reserve(pairs.size());
    for (auto& pair : pairs) {
        set(pair.first, pair.second);
    }
}

Labels Labels::from_sorted(std::vector<Pair> pairs) {
    Labels out;
    out.pairs_ = std::move(pairs);
    return out;
}

void Labels::set(std::string_view name, std::string_view value) {
    if (value.empty()) {
        remove(name);
        return;
    }
    const auto at = position(pairs_, name);
    if (at != pairs_.end() && at->first == name) {
        at->second = value;
    } else {
        pairs_.emplace(at, name, value);
    }
}

void Labels::remove(std::string_view name) {
    const auto at = position(pairs_, name);
    if (at != pairs_.end() && at->first == name) {
        pairs_.erase(at);
    }
}

std::string_view Labels::get(std::string_view name) const {
    const auto at = position(pairs_, name);
    return at != pairs_.end() && at->first == name ? std::string_view(at->second)
                                                   : std::string_view();
}

std::string Labels::to_string() const {
    std::string out(get(kMetricName));
    std::string inner;
    for (const auto& [name, value] : pairs_) {
        if (name == kMetricName) {
            continue;
        }
        if (!inner.empty()) {
            inner += ", ";
        }
        inner += name;
        inner += '=';
        append_quoted(inner, value);
    }
    if (!inner.empty() || out.empty()) {
        out += '{' + inner + '}';
    }
    return out;
}

std::size_t LabelsHash::operator()(const Labels& labels) const noexcept {
    std::size_t seed = 0;
    for (const auto& [name, value] : labels.pairs()) {
        for (const auto& text : {std::string_view(name), std::string_view(value)}) {
            seed ^= std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15ULL + (seed << 6) +
                    (seed >> 2);
        }
    }
    return seed;
}

} // namespace opsmon::metrics

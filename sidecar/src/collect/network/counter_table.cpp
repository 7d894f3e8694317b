#include "collect/network/counter_table.hpp"

#include <vector>

#include "base/text.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxColumns = 1000;
constexpr std::size_t kMaxCounters = 4000;
constexpr std::size_t kShownBytes = 40;

std::string shown(std::string_view line) {
    return "'" + std::string(line.substr(0, kShownBytes)) + "'";
}

} // namespace

void CounterTable::add(std::string_view group, std::string_view name, double value) {
    const std::size_t name_at = names_.size();
    if (!group.empty()) {
        names_.append(group) += '.';
    }
    names_ += name;
    counters_.push_back({name_at, names_.size() - name_at, value});
}

void CounterTable::merge(const CounterTable& other) {
    const std::size_t moved = names_.size();
    names_ += other.names_;
    for (const Counter& counter : other.counters_) {
        counters_.push_back({counter.name_at + moved, counter.name_size, counter.value});
    }
}

std::optional<double> CounterTable::find(std::string_view name) const {
    for (const Counter& counter : counters_) {
        if (counter.name_size == name.size() &&
            names_.compare(counter.name_at, counter.name_size, name) == 0) {
            return counter.value;
        }
    }
    return std::nullopt;
}

Result<CounterTable> parse_counter_pairs(std::string_view text) {
    CounterTable out;
    while (!text.empty()) {
        const std::string_view head = take_line(text);
        const std::string_view line = take_line(text);
        const auto names = split_words(head, kMaxColumns);
        const auto numbers = split_words(line, kMaxColumns);
        if (names.size() < 2 || names.size() != numbers.size() || names[0] != numbers[0] ||
            !names[0].ends_with(':')) {
            return Error{"names and numbers do not belong together at " + shown(head)};
        }
        const std::string_view group = names[0].substr(0, names[0].size() - 1);
        for (std::size_t i = 1; i < names.size() && out.size() < kMaxCounters; ++i) {
            if (const auto count = parse_count(numbers[i])) {
                out.add(group, names[i], static_cast<double>(*count));
            }
        }
    }
    return out.size() == 0 ? Result<CounterTable>(Error{"there is no counter in it"}) : out;
}

Result<CounterTable> parse_counter_lines(std::string_view text) {
    CounterTable out;
    while (!text.empty() && out.size() < kMaxCounters) {
        const std::string_view line = take_line(text);
        const auto words = split_words(line, 3);
        if (words.size() != 2) {
            return Error{"not a name and a number: " + shown(line)};
        }
        if (const auto count = parse_count(words[1])) {
            out.add("", words[0], static_cast<double>(*count));
        }
    }
    return out.size() == 0 ? Result<CounterTable>(Error{"there is no counter in it"}) : out;
}

} // namespace opsmon::collect

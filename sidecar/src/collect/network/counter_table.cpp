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
        const std::string group(names[0].substr(0, names[0].size() - 1));
        for (std::size_t i = 1; i < names.size() && out.size() < kMaxCounters; ++i) {
            if (const auto count = parse_count(numbers[i])) {
                out[group + '.' + std::string(names[i])] = static_cast<double>(*count);
            }
        }
    }
    return out.empty() ? Result<CounterTable>(Error{"there is no counter in it"}) : out;
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
            out[std::string(words[0])] = static_cast<double>(*count);
        }
    }
    return out.empty() ? Result<CounterTable>(Error{"there is no counter in it"}) : out;
}

std::optional<double> counter_of(const CounterTable& table, std::string_view name) {
    const auto found = table.find(name);
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

} // namespace opsmon::collect

#include "config/section.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/duration.hpp"

namespace opsmon::config {
namespace {

int line_of(const YAML::Node& node, int otherwise) {
    return node.Mark().is_null() ? otherwise : node.Mark().line + 1;
}

std::string bytes_at_most(std::size_t bytes) {
    return "at most " + std::to_string(bytes) + " bytes";
}

std::string entries_at_most(std::size_t count) {
    return "at most " + std::to_string(count);
}

} // namespace

Section Section::describing(KeyBook& book, Faults& faults) {
    Section out(YAML::Node(), "", faults);
    out.book_ = &book;
    return out;
}

Section Section::described_inner(std::string path) const {
    Section out(YAML::Node(), std::move(path), *faults_);
    out.book_ = book_;
    return out;
}

void Section::describe(std::string_view key, std::string kind, std::string limits) const {
    if (book_ != nullptr) {
        book_->add({key_path(key), std::move(kind), std::move(limits)});
    }
}

Section::Section(const YAML::Node& node, std::string path, Faults& faults)
    : faults_(&faults), path_(std::move(path)), line_(line_of(node, 1)) {
    if (node.IsNull()) {
        return;
    }
    const std::string own_name = path_.empty() ? "" : path_.substr(0, path_.size() - 1);
    if (!node.IsMap()) {
        faults.add(line_, own_name, "must be a mapping of keys to values");
        return;
    }
    for (const auto& item : node) {
        const int line = line_of(item.first, line_);
        if (!item.first.IsScalar()) {
            faults.add(line, own_name, "a key must be a plain word");
            continue;
        }
        const std::string key = item.first.Scalar();
        const auto same = std::find_if(entries_.begin(), entries_.end(),
                                       [&](const Entry& entry) { return entry.key == key; });
        if (same != entries_.end()) {
            faults.add(line, key_path(shown(key)),
                       "is given twice; the first stands in line " +
                           std::to_string(same->key_line));
            continue;
        }
        entries_.push_back({key, line, item.second});
    }
}

const Section::Entry* Section::find(std::string_view key) {
    known_.emplace_back(key);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.key == key; });
    return found == entries_.end() || (lenient_ && found->value.IsNull()) ? nullptr : &*found;
}

std::optional<Located<std::string>>
Section::scalar(const YAML::Node& node, int line, const std::string& where, std::size_t max_bytes) {
    if (!node.IsScalar() || (node.Scalar().empty() && !lenient_)) {
        faults_->add(line, where, lenient_ ? "must be a text" : "must be a text that is not empty");
        return std::nullopt;
    }
    if (node.Scalar().size() > max_bytes) {
        faults_->add(line, where, "is longer than " + std::to_string(max_bytes) + " bytes");
        return std::nullopt;
    }
    if (node.Scalar().find('\0') != std::string::npos) {
        faults_->add(line, where, "holds a NUL character");
        return std::nullopt;
    }
    return Located<std::string>{node.Scalar(), line_of(node, line)};
}

std::optional<Located<std::string>> Section::text(std::string_view key, std::size_t max_bytes) {
    describe(key, "text", bytes_at_most(max_bytes));
    const Entry* entry = find(key);
    return entry == nullptr ? std::nullopt
                            : scalar(entry->value, entry->key_line, key_path(key), max_bytes);
}

std::optional<Located<std::chrono::milliseconds>> Section::duration(std::string_view key,
                                                                    DurationRange range) {
    describe(key, "duration", format_duration(range.min) + " to " + format_duration(range.max));
    const auto given = text(key, 64);
    if (!given) {
        return std::nullopt;
    }
    const auto duration = parse_duration(given->value);
    if (!duration) {
        faults_->add(given->line, key_path(key),
                     "'" + shown(given->value) + "' is not a duration; write 5s, 1500ms or 1m");
        return std::nullopt;
    }
    if (*duration < range.min || *duration > range.max) {
        faults_->add(given->line, key_path(key),
                     given->value + " is out of range; from " + format_duration(range.min) +
                         " to " + format_duration(range.max) + " is allowed");
        return std::nullopt;
    }
    return Located<std::chrono::milliseconds>{*duration, given->line};
}

std::optional<Located<long long>> Section::whole_number(std::string_view key, long long min,
                                                        long long max) {
    describe(key, "whole number", std::to_string(min) + " to " + std::to_string(max));
    const auto given = text(key, 64);
    if (!given) {
        return std::nullopt;
    }
    long long number = 0;
    const char* end = given->value.data() + given->value.size();
    const auto [stopped_at, problem] = std::from_chars(given->value.data(), end, number);
    if (problem != std::errc() || stopped_at != end || number < min || number > max) {
        faults_->add(given->line, key_path(key),
                     "'" + shown(given->value) + "' is not a whole number from " +
                         std::to_string(min) + " to " + std::to_string(max));
        return std::nullopt;
    }
    return Located<long long>{number, given->line};
}

std::optional<Located<bool>> Section::boolean(std::string_view key) {
    describe(key, "true or false");
    const auto given = text(key, 64);
    if (!given) {
        return std::nullopt;
    }
    if (given->value != "true" && given->value != "false") {
        faults_->add(given->line, key_path(key),
                     "'" + shown(given->value) + "' is neither true nor false");
        return std::nullopt;
    }
    return Located<bool>{given->value == "true", given->line};
}

std::vector<Located<std::string>> Section::texts(std::string_view key, std::size_t max_count,
                                                 std::size_t max_bytes) {
    describe(key, "list of texts",
             entries_at_most(max_count) + ", each " + bytes_at_most(max_bytes));
    std::vector<Located<std::string>> out;
    const Entry* entry = find(key);
    if (entry == nullptr) {
        return out;
    }
    if (!entry->value.IsSequence()) {
        faults_->add(entry->key_line, key_path(key), "must be a list, such as [one, two]");
        return out;
    }
    if (entry->value.size() > max_count) {
        faults_->add(entry->key_line, key_path(key),
                     "has more than " + std::to_string(max_count) + " entries");
        return out;
    }
    std::size_t index = 0;
    for (const auto& item : entry->value) {
        const std::string where = key_path(key) + '[' + std::to_string(index++) + ']';
        if (auto text = scalar(item, line_of(item, entry->key_line), where, max_bytes)) {
            out.push_back(std::move(*text));
        }
    }
    return out;
}

std::map<std::string, std::string>
Section::texts_by_name(std::string_view key, std::size_t max_count, std::size_t max_bytes) {
    describe(key, "texts by name",
             entries_at_most(max_count) + ", each " + bytes_at_most(max_bytes));
    std::map<std::string, std::string> out;
    const Entry* entry = find(key);
    if (entry == nullptr || entry->value.IsNull()) {
        return out;
    }
    const Section inner(entry->value, key_path(key) + '.', *faults_); // says what is no mapping
    if (inner.entries_.size() > max_count) {
        faults_->add(entry->key_line, key_path(key),
                     "has more than " + std::to_string(max_count) + " entries");
        return out;
    }
    for (const Entry& item : inner.entries_) {
        if (!item.value.IsScalar() && !item.value.IsNull()) {
            faults_->add(item.key_line, inner.key_path(shown(item.key)), "must be a text");
        } else if (item.value.IsScalar() && item.value.Scalar().size() > max_bytes) {
            faults_->add(item.key_line, inner.key_path(shown(item.key)),
                         "is longer than " + std::to_string(max_bytes) + " bytes");
        } else {
            out.emplace(item.key, item.value.IsNull() ? "" : item.value.Scalar());
        }
    }
    return out;
}

bool Section::has(std::string_view key) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const Entry& entry) { return entry.key == key; });
}

std::optional<Section> Section::section(std::string_view key) {
    describe(key, "section");
    if (book_ != nullptr) {
        return described_inner(key_path(key) + '.');
    }
    const Entry* entry = find(key);
    if (entry == nullptr) {
        return std::nullopt;
    }
    if (entry->value.IsNull()) {
        faults_->add(entry->key_line, key_path(key),
                     "is empty; give it a key or remove the section");
        return std::nullopt;
    }
    Section out(entry->value, key_path(key) + '.', *faults_);
    out.line_ = entry->key_line;
    out.lenient_ = lenient_;
    return out;
}

std::vector<Section> Section::sections(std::string_view key, std::size_t max_count) {
    std::vector<Section> out;
    describe(key, "list of sections", entries_at_most(max_count));
    if (book_ != nullptr) {
        out.push_back(described_inner(key_path(key) + "[]."));
        return out;
    }
    const Entry* entry = find(key);
    if (entry == nullptr) {
        return out;
    }
    if (!entry->value.IsSequence()) {
        faults_->add(entry->key_line, key_path(key), "must be a list of mappings");
        return out;
    }
    if (entry->value.size() > max_count) {
        faults_->add(entry->key_line, key_path(key),
                     "has more than " + std::to_string(max_count) + " entries");
        return out;
    }
    for (const auto& item : entry->value) {
        out.emplace_back(item, key_path(key) + '[' + std::to_string(out.size()) + "].", *faults_);
        out.back().lenient_ = lenient_;
    }
    return out;
}

std::vector<Section> Section::sections_like_this(std::string_view key, std::size_t max_count) {
    describe(key, "list of sections", entries_at_most(max_count) + ", each like the one it is in");
    return book_ != nullptr ? std::vector<Section>() : sections(key, max_count);
}

std::vector<std::pair<Located<std::string>, Located<std::string>>>
Section::pairs(std::string_view key, std::size_t max_count, std::size_t max_bytes) {
    describe(key, "texts by name",
             entries_at_most(max_count) + ", each " + bytes_at_most(max_bytes));
    std::vector<std::pair<Located<std::string>, Located<std::string>>> out;
    auto inner = section(key);
    if (inner && inner->entries_.size() > max_count) {
        faults_->add(inner->line_, key_path(key),
                     "has more than " + std::to_string(max_count) + " entries");
        return out;
    }
    for (const auto& entry : inner ? inner->entries_ : std::vector<Entry>()) {
        const auto where = inner->key_path(shown(entry.key));
        if (auto value = scalar(entry.value, entry.key_line, where, max_bytes)) {
            out.emplace_back(Located<std::string>{entry.key, entry.key_line}, std::move(*value));
        }
    }
    return out;
}

std::optional<int> Section::line_of_key(std::string_view key) {
    const Entry* entry = find(key);
    return entry == nullptr ? std::nullopt : std::optional(entry->key_line);
}

bool Section::is_quoted(std::string_view key) const {
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.key == key && entry.value.IsScalar() &&
               (entry.value.Tag() == "!" || entry.value.Tag() == "tag:yaml.org,2002:str");
    });
}

void Section::finish() {
    std::string allowed;
    for (const std::string& key : known_) {
        allowed += (allowed.empty() ? "" : ", ") + key;
    }
    for (const Entry& entry : entries_) {
        if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) {
            faults_->add(entry.key_line, key_path(shown(entry.key)),
                         "is not a key here; known are: " + allowed);
        }
    }
}

} // namespace opsmon::config

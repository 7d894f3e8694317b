#pragma once
// This component reads one mapping of a YAML file key by key, with types and limits, and remembers
// what was asked for: any other key, and any key given twice, is a fault. load.cpp uses it. It
// knows no setting by name.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "config/faults.hpp"

namespace opsmon::config {

// A value and where it stands, for checks that come later.
template <typename T>
struct Located {
    T value{};
    int line = 0;
};

struct DurationRange {
    std::chrono::milliseconds min;
    std::chrono::milliseconds max;
};

class Section {
public:
    // `path` is what stands before a key in a fault, such as "services[2]."; the file itself has
    // "".
    Section(const YAML::Node& node, std::string path, Faults& faults);

    std::optional<Located<std::string>> text(std::string_view key, std::size_t max_bytes);
    std::optional<Located<std::chrono::milliseconds>> duration(std::string_view key,
                                                               DurationRange range);
    std::optional<Located<long long>> whole_number(std::string_view key, long long min,
                                                   long long max);
    std::optional<Located<bool>> boolean(std::string_view key); // true or false
    std::vector<Located<std::string>> texts(std::string_view key, std::size_t max_count,
                                            std::size_t max_bytes);
    // A mapping of names that the format does not know to texts, which may be empty.
    std::map<std::string, std::string> texts_by_name(std::string_view key, std::size_t max_count,
                                                     std::size_t max_bytes);
    // Whether the key is given at all: an empty list may be meant.
    [[nodiscard]] bool has(std::string_view key) const;
    std::optional<Section> section(std::string_view key);
    std::vector<Section> sections(std::string_view key, std::size_t max_count);

    // To be called last: everything that was not asked for is a fault.
    void finish();

    [[nodiscard]] int line() const { return line_; }
    [[nodiscard]] std::string key_path(std::string_view key) const {
        return path_ + std::string(key);
    }

private:
    struct Entry {
        std::string key;
        int key_line;
        YAML::Node value;
    };

    const Entry* find(std::string_view key);
    std::optional<Located<std::string>> scalar(const YAML::Node& node, int line,
                                               const std::string& where, std::size_t max_bytes);

    Faults* faults_;
    std::string path_;
    int line_ = 1;
    std::vector<Entry> entries_;
    std::vector<std::string> known_;
};

} // namespace opsmon::config

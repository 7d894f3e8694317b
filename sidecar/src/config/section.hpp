#pragma once
// This component reads one mapping of a YAML file key by key, with types and limits, and remembers
// what was asked for: any other key, and any key given twice, is a fault. load.cpp uses it. It
// knows no setting by name. A describing one reads nothing: it notes in a KeyBook what is asked
// for, and hands out every section, so that a reader tells of all its keys.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "config/faults.hpp"
#include "config/key_book.hpp"

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
    // What the reader finds wrong with a file that has nothing in it is in `faults`, and means
    // nothing.
    static Section describing(KeyBook& book, Faults& faults);

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
    // The same where the entries are read as this section is: they need no description of their
    // own.
    std::vector<Section> sections_like_this(std::string_view key, std::size_t max_count);

    // The entries of a mapping whose keys are the user's own.
    std::vector<std::pair<Located<std::string>, Located<std::string>>>
    pairs(std::string_view key, std::size_t max_count, std::size_t max_bytes);

    // For files that other programs read too, and which have more freedom there: a key without a
    // value is as good as absent, and a text may be empty.
    void be_lenient() { lenient_ = true; }
    // The line of a key whose value is not looked at; nothing where it is not given.
    std::optional<int> line_of_key(std::string_view key);
    // Whether the value is quoted, and so a text whatever it looks like.
    [[nodiscard]] bool is_quoted(std::string_view key) const;

    // Says in a describing section what a key holds that is read as a text and checked afterwards.
    // To be called before it is read.
    void describe(std::string_view key, std::string kind, std::string limits = "") const;

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
    [[nodiscard]] Section described_inner(std::string path) const;
    std::optional<Located<std::string>> scalar(const YAML::Node& node, int line,
                                               const std::string& where, std::size_t max_bytes);

    Faults* faults_;
    KeyBook* book_ = nullptr; // of a describing section
    std::string path_;
    int line_ = 1;
    bool lenient_ = false; // and so are the sections in it
    std::vector<Entry> entries_;
    std::vector<std::string> known_;
};

} // namespace opsmon::config

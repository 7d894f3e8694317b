#pragma once
// This component collects everything that is wrong with a configuration file, so that a user can
// mend it in one go. The reader and the checks add to it. It keeps at most 50 faults.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace opsmon::config {

// What may be repeated of a word somebody wrote: its first letters, digits, _ . and -. A slip of
// the pen puts a secret where a key or a name should stand (`password:secret`), and what follows
// such a word is never shown.
std::string shown(std::string_view word);

class Faults {
public:
    explicit Faults(std::string file) : file_(std::move(file)) {}

    // "file:line: key: text"; `text` says what is wrong and what is allowed.
    void add(int line, std::string_view key, std::string_view text);

    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] Error to_error() const;

private:
    std::string file_;
    std::string lines_;
    int count_ = 0;
};

} // namespace opsmon::config

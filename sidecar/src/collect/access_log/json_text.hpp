#pragma once
// This component provides `JsonCursor`, the steps that a single pass over one JSON object takes:
// strings, bare words and whole values that are skipped. The JSON line parser walks with it. It
// reads no number and builds no tree.

#include <cstddef>
#include <string>
#include <string_view>

namespace opsmon::collect {

class JsonCursor {
public:
    explicit JsonCursor(std::string_view text) : text_(text) {}

    void skip_space();
    // Whether `c` comes next; takes it if so.
    bool take(char c);
    [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
    [[nodiscard]] char next() const { return at_end() ? '\0' : text_[at_]; }

    // A string with its quotes; `out` is what stands between them, as it stands.
    bool take_string(std::string_view& out, bool& escaped);
    // A number, true, false, null: all up to a comma, a bracket or a space.
    std::string_view take_bare();
    // An object or an array, whatever is in it, 64 levels at most.
    bool skip_nested();

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

// Resolves \n, \", \u00e9 and nginx's \x22; what is no escape stays as it is.
void decode_json_text(std::string_view raw, std::string& out);

} // namespace opsmon::collect

#pragma once
// This component cuts a template into text and the tokens of its {{ actions }}, as Go's
// text/template does, with trim markers and comments resolved. The parser is its only user.

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::rules {

enum class TemplateTokenKind {
    End,
    Text,
    Open,  // {{
    Close, // }}
    Identifier,
    Field,    // .name
    Dot,      // . alone
    Variable, // $ or $name
    String,
    Number,
    Pipe,
    LeftParen,
    RightParen,
    Declare, // :=
    Assign,  // =
    Comma,
};

struct TemplateToken {
    TemplateTokenKind kind = TemplateTokenKind::End;
    std::size_t position = 0;
    std::string text; // of a field: without its dot; of a string: unquoted
    bool after_space = false;
};

// The last token is always End.
[[nodiscard]] Result<std::vector<TemplateToken>> lex_template(std::string_view text);

} // namespace opsmon::rules

#pragma once
// This component provides the tokens of a template one after another, and faults at their places.
// The two parts of the template parser read from one of them.

#include "rules/template_lexer.hpp"

namespace opsmon::rules {

class TemplateReader {
public:
    // `text` outlives the reader; the last of the tokens is End, and stays.
    TemplateReader(std::string_view text, std::vector<TemplateToken> tokens)
        : text_(text), tokens_(std::move(tokens)) {}

    [[nodiscard]] const TemplateToken& peek(std::size_t ahead = 0) const;
    [[nodiscard]] bool next_is(TemplateTokenKind kind) const { return peek().kind == kind; }
    const TemplateToken& take();
    Result<void> close(); // takes the }}, or is a fault

    [[nodiscard]] Error fault(const TemplateToken& token, const std::string& what) const {
        return fault(token.position, what);
    }
    [[nodiscard]] Error fault(std::size_t position, const std::string& what) const;
    // Of a token that cannot stand here.
    [[nodiscard]] Error unexpected(const TemplateToken& token, const std::string& where) const;

private:
    std::string_view text_;
    std::vector<TemplateToken> tokens_;
    std::size_t next_ = 0;
};

} // namespace opsmon::rules

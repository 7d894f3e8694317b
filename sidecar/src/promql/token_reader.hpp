#pragma once
// This component hands the tokens of an expression out one after another and makes errors with
// their place. The parts of the parser share one. It never runs past the last token.

#include "base/result.hpp"
#include "promql/token.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace opsmon::promql {

class TokenReader {
public:
    TokenReader(std::string_view text, std::vector<Token> tokens)
        : text_(text), tokens_(std::move(tokens)) {}

    [[nodiscard]] const Token& peek() const { return tokens_[next_]; }
    [[nodiscard]] bool next_is(TokenKind kind) const { return peek().kind == kind; }
    [[nodiscard]] bool next_word_is(std::string_view word) const; // in any case

    const Token& take();
    bool take_if(TokenKind kind);
    bool take_word_if(std::string_view word);

    [[nodiscard]] Error fault(std::size_t position, const std::string& what) const;
    [[nodiscard]] Error fault(const Token& token, const std::string& what) const {
        return fault(token.position, what);
    }
    // "unexpected X in `where`, expected Y"
    [[nodiscard]] Error unexpected(const Token& token, const std::string& where = {},
                                   const std::string& expected = {}) const;

private:
    std::string_view text_;
    std::vector<Token> tokens_; // the last one is End
    std::size_t next_ = 0;
};

} // namespace opsmon::promql

#include "promql/token_reader.hpp"

#include "promql/operators.hpp"
#include "promql/position.hpp"

namespace opsmon::promql {
namespace {

std::string describe(const Token& token) {
    if (token.kind == TokenKind::End) {
        return "end of input";
    }
    return (token.kind == TokenKind::String ? "string \"" : "\"") + token.text + "\"";
}

} // namespace

bool TokenReader::next_word_is(std::string_view word) const {
    return next_is(TokenKind::Identifier) && lower_case(peek().text) == word;
}

const Token& TokenReader::take() {
    const auto& token = tokens_[next_];
    next_ += next_ + 1 < tokens_.size() ? 1 : 0;
    return token;
}

bool TokenReader::take_if(TokenKind kind) {
    const bool there = next_is(kind);
    if (there) {
        take();
    }
    return there;
}

bool TokenReader::take_word_if(std::string_view word) {
    const bool there = next_word_is(word);
    if (there) {
        take();
    }
    return there;
}

Error TokenReader::fault(std::size_t position, const std::string& what) const {
    return parse_error(text_, position, what);
}

Error TokenReader::unexpected(const Token& token, const std::string& where,
                              const std::string& expected) const {
    return fault(token, "unexpected " + describe(token) + (where.empty() ? "" : " in " + where) +
                            (expected.empty() ? "" : ", expected " + expected));
}

} // namespace opsmon::promql

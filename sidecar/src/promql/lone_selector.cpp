#include "promql/lone_selector.hpp"

#include "promql/lexer.hpp"
#include "promql/selector_parser.hpp"

#include <utility>

namespace opsmon::promql {

Result<VectorSelector> parse_lone_selector(std::string_view text) {
    auto lexed = lex(text);
    if (!lexed) {
        return lexed.error();
    }
    TokenReader tokens(text, std::move(*lexed));
    const Token first = tokens.peek();
    if (first.kind == TokenKind::Identifier || first.kind == TokenKind::MetricIdentifier) {
        tokens.take();
    } else if (first.kind != TokenKind::LeftBrace) {
        return tokens.unexpected(first);
    }
    auto selector = parse_selector(tokens, first.kind == TokenKind::LeftBrace ? "" : first.text,
                                   first.position);
    if (!selector) {
        return selector.error();
    }
    if (!tokens.next_is(TokenKind::End)) {
        return tokens.unexpected(tokens.peek());
    }
    return std::get<VectorSelector>((*selector)->node);
}

} // namespace opsmon::promql

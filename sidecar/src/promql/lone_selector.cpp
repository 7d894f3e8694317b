#include "promql/lone_selector.hpp"

#include "promql/lexer.hpp"
#include "promql/selector_parser.hpp"

#include <algorithm>
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

bool selects(const VectorSelector& selector, const metrics::Labels& labels) {
    return std::all_of(
        selector.matchers.begin(), selector.matchers.end(),
        [&](const Matcher& matcher) { return matcher.matches(labels.get(matcher.name())); });
}

} // namespace opsmon::promql

#pragma once
// This component provides the tokens of a PromQL expression, between the lexer and the parser.

#include <cstddef>
#include <string>

namespace opsmon::promql {

enum class TokenKind {
    End,
    Identifier,       // also a keyword: whether it is one depends on where it stands
    MetricIdentifier, // a name with a colon in it
    Number,
    Duration,
    String,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Colon, // in brackets only; elsewhere it begins a name
    Comma,
    At,
    Assign, // = ; in braces: label equals value
    EqualRegex,
    NotEqualRegex,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t position = 0; // byte offset in the expression
    std::string text;         // as written; of a string: unquoted
    double number = 0;
};

} // namespace opsmon::promql

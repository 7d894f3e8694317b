#include "promql/operators.hpp"

#include <algorithm>

namespace opsmon::promql {

std::optional<Operator> binary_operator(const Token& token) {
    switch (token.kind) {
    case TokenKind::Add:
        return Operator{BinaryOp::Add, 4};
    case TokenKind::Sub:
        return Operator{BinaryOp::Sub, 4};
    case TokenKind::Mul:
        return Operator{BinaryOp::Mul, kMulPrecedence};
    case TokenKind::Div:
        return Operator{BinaryOp::Div, kMulPrecedence};
    case TokenKind::Mod:
        return Operator{BinaryOp::Mod, kMulPrecedence};
    case TokenKind::Pow:
        return Operator{BinaryOp::Pow, 6, true};
    case TokenKind::Equal:
        return Operator{BinaryOp::Equal, 3};
    case TokenKind::NotEqual:
        return Operator{BinaryOp::NotEqual, 3};
    case TokenKind::Less:
        return Operator{BinaryOp::Less, 3};
    case TokenKind::LessEqual:
        return Operator{BinaryOp::LessEqual, 3};
    case TokenKind::Greater:
        return Operator{BinaryOp::Greater, 3};
    case TokenKind::GreaterEqual:
        return Operator{BinaryOp::GreaterEqual, 3};
    default:
        break;
    }
    if (token.kind != TokenKind::Identifier) {
        return std::nullopt;
    }
    const auto word = lower_case(token.text);
    if (word == "and") {
        return Operator{BinaryOp::And, 2};
    }
    if (word == "unless") {
        return Operator{BinaryOp::Unless, 2};
    }
    if (word == "atan2") {
        return Operator{BinaryOp::Atan2, kMulPrecedence};
    }
    return word == "or" ? std::optional(Operator{BinaryOp::Or, 1}) : std::nullopt;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    return out;
}

} // namespace opsmon::promql

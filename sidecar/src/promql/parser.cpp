#include "promql/parser.hpp"

#include "promql/functions.hpp"
#include "promql/lexer.hpp"
#include "promql/operators.hpp"
#include "promql/position.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace opsmon::promql {
namespace {

std::string describe(const Token& token) {
    if (token.kind == TokenKind::End) {
        return "end of input";
    }
    if (token.kind == TokenKind::String) {
        return "string \"" + token.text + "\"";
    }
    return "\"" + token.text + "\"";
}

class Parser {
public:
    Parser(std::string_view text, std::vector<Token> tokens)
        : text_(text), tokens_(std::move(tokens)) {}

    Result<ExprPtr> run() {
        if (peek().kind == TokenKind::End) {
            return fault(peek(), "no expression found in input");
        }
        auto expr = expression(0);
        if (expr && peek().kind != TokenKind::End) {
            return fault(peek(), "unexpected " + describe(peek()));
        }
        return expr;
    }

private:
    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
    }

    const Token& take() { return tokens_[std::min(next_++, tokens_.size() - 1)]; }

    [[nodiscard]] bool next_word_is(std::string_view word) const {
        return peek().kind == TokenKind::Identifier && lower_case(peek().text) == word;
    }

    [[nodiscard]] Error fault(std::size_t position, const std::string& what) const {
        return parse_error(text_, position, what);
    }
    [[nodiscard]] Error fault(const Token& token, const std::string& what) const {
        return fault(token.position, what);
    }
    [[nodiscard]] Error unsupported(const Token& token, const std::string& what) const {
        return fault(token, what + " is not supported in this version");
    }

    static ExprPtr make(ValueType type, std::size_t position, auto node) {
        return std::make_shared<const Expr>(Expr{type, position, std::move(node)});
    }

    // Precedence climbing: reads operators that bind tighter than `floor`.
    Result<ExprPtr> expression(int floor) {
        if (++depth_ > kMaxNesting) {
            return fault(peek(), "nested deeper than " + std::to_string(kMaxNesting) + " levels");
        }
        auto lhs = unary();
        while (lhs) {
            const auto op = binary_operator(peek());
            if (!op || op->precedence <= floor) {
                if (next_word_is("atan2")) {
                    lhs = unsupported(peek(), "the operator atan2");
                }
                break;
            }
            lhs = binary(std::move(*lhs), *op);
        }
        --depth_;
        return lhs;
    }

    Result<ExprPtr> binary(ExprPtr lhs, Operator op) {
        const auto sign = take();
        Binary node{op.op, next_word_is("bool"), std::move(lhs), nullptr};
        if (node.returns_bool) {
            take();
        }
        for (const auto* word : {"on", "ignoring", "group_left", "group_right"}) {
            // `on` is a vector matching only where a list follows; Prometheus allows nothing else.
            if (next_word_is(word)) {
                return unsupported(peek(), std::string(word) + "()");
            }
        }
        auto rhs = expression(op.right_associative ? op.precedence - 1 : op.precedence);
        if (!rhs) {
            return rhs;
        }
        node.rhs = std::move(*rhs);
        return checked(std::move(node), sign);
    }

    Result<ExprPtr> checked(Binary node, const Token& sign) {
        const auto left = node.lhs->type;
        const auto right = node.rhs->type;
        const bool both_scalar = left == ValueType::Scalar && right == ValueType::Scalar;
        if (node.returns_bool && !is_comparison(node.op)) {
            return fault(sign, "bool modifier can only be used on comparison operators");
        }
        if (left == ValueType::String || right == ValueType::String) {
            return fault(sign,
                         "binary expression must contain only scalar and instant vector types");
        }
        if (is_comparison(node.op) && !node.returns_bool && both_scalar) {
            return fault(sign, "comparisons between scalars must use BOOL modifier");
        }
        if (is_set_operator(node.op) && (left == ValueType::Scalar || right == ValueType::Scalar)) {
            return fault(sign, "set operator \"" + lower_case(sign.text) +
                                   "\" not allowed in binary scalar expression");
        }
        const auto position = node.lhs->position;
        return make(both_scalar ? ValueType::Scalar : ValueType::InstantVector, position,
                    std::move(node));
    }

    Result<ExprPtr> unary() {
        if (peek().kind != TokenKind::Add && peek().kind != TokenKind::Sub) {
            return with_modifiers(primary());
        }
        const auto sign = take();
        auto operand = expression(kMulPrecedence);
        if (!operand) {
            return operand;
        }
        const auto type = (*operand)->type;
        if (type == ValueType::String) {
            return fault(sign, "unary expression only allowed on expressions of type scalar or "
                               "instant vector, got \"string\"");
        }
        if (sign.kind == TokenKind::Add) {
            return operand;
        }
        return make(type, sign.position, Negation{std::move(*operand)});
    }

    // What may follow any operand in PromQL, and is not in this version.
    Result<ExprPtr> with_modifiers(Result<ExprPtr> operand) {
        if (!operand) {
            return operand;
        }
        if (peek().kind == TokenKind::LeftBracket) {
            const bool subquery =
                peek(2).kind == TokenKind::Colon || peek(1).kind == TokenKind::Colon;
            return unsupported(peek(), subquery ? "a subquery ([range:step])"
                                                : "a range selector ([duration])");
        }
        if (peek().kind == TokenKind::At) {
            return unsupported(peek(), "the @ modifier");
        }
        if (next_word_is("offset")) {
            return unsupported(peek(), "offset");
        }
        return operand;
    }

    Result<ExprPtr> primary() {
        const auto& token = peek();
        switch (token.kind) {
        case TokenKind::Number:
            return make(ValueType::Scalar, token.position, NumberLiteral{take().number});
        case TokenKind::String:
            return make(ValueType::String, token.position, StringLiteral{take().text});
        case TokenKind::LeftParen:
            return parenthesis();
        case TokenKind::LeftBrace:
            return selector({}, token.position);
        case TokenKind::Identifier:
        case TokenKind::MetricIdentifier:
            return word();
        default:
            return fault(token, "unexpected " + describe(token));
        }
    }

    Result<ExprPtr> parenthesis() {
        const auto open = take();
        auto inner = expression(0);
        if (!inner) {
            return inner;
        }
        if (peek().kind != TokenKind::RightParen) {
            return fault(peek().kind == TokenKind::End ? open : peek(),
                         peek().kind == TokenKind::End ? "unclosed left parenthesis"
                                                       : "unexpected " + describe(peek()));
        }
        take();
        return inner;
    }

    // A word where an operand stands: a number, an aggregation, a call, or the name of a metric.
    Result<ExprPtr> word() {
        const auto token = take();
        const auto lower = lower_case(token.text);
        if (lower == "inf" || lower == "nan") {
            return make(ValueType::Scalar, token.position,
                        NumberLiteral{lower == "inf" ? std::numeric_limits<double>::infinity()
                                                     : std::numeric_limits<double>::quiet_NaN()});
        }
        const bool list_follows = peek().kind == TokenKind::LeftParen;
        if (is_aggregation(lower) &&
            (list_follows || next_word_is("by") || next_word_is("without"))) {
            return unsupported(token, "the aggregation " + lower + "()");
        }
        constexpr std::string_view kNotNames[] = {"bool",       "on",          "ignoring",
                                                  "group_left", "group_right", "atan2"};
        if (std::find(std::begin(kNotNames), std::end(kNotNames), lower) != std::end(kNotNames)) {
            return fault(token, "unexpected \"" + token.text + "\"");
        }
        return list_follows ? call(token) : selector(token.text, token.position);
    }

    Result<ExprPtr> call(const Token& name) {
        const auto* function = find_function(name.text);
        if (function == nullptr) {
            return is_known_but_unsupported(name.text)
                       ? unsupported(name, name.text + "()")
                       : fault(name, "unknown function with name \"" + name.text + "\"");
        }
        take();
        Call node{function, {}};
        while (peek().kind != TokenKind::RightParen || !node.args.empty()) {
            auto arg = expression(0);
            if (!arg) {
                return arg;
            }
            node.args.push_back(std::move(*arg));
            if (peek().kind != TokenKind::Comma) {
                break;
            }
            take();
        }
        if (peek().kind != TokenKind::RightParen) {
            return fault(peek(), "unexpected " + describe(peek()) + " in the arguments of " +
                                     name.text + "()");
        }
        take();
        return checked(std::move(node), name);
    }

    Result<ExprPtr> checked(Call node, const Token& name) {
        const auto& wanted = node.function->args;
        if (node.args.size() != wanted.size()) {
            return fault(name, "expected " + std::to_string(wanted.size()) +
                                   " argument(s) in call to \"" + name.text + "\", got " +
                                   std::to_string(node.args.size()));
        }
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (node.args[i]->type != wanted[i]) {
                return fault(node.args[i]->position, std::string("expected type ") +
                                                         to_text(wanted[i]) +
                                                         " in call to function \"" + name.text +
                                                         "\", got " + to_text(node.args[i]->type));
            }
        }
        const auto type = node.function->result;
        return make(type, name.position, std::move(node));
    }

    Result<ExprPtr> selector(const std::string& metric_name, std::size_t position) {
        VectorSelector node;
        if (peek().kind == TokenKind::LeftBrace) {
            if (auto list = matchers(node.matchers); !list) {
                return list.error();
            }
        }
        if (!metric_name.empty()) {
            for (const auto& matcher : node.matchers) {
                if (matcher.name() == metrics::kMetricName) {
                    return fault(position, "metric name must not be set twice: \"" + metric_name +
                                               "\" or \"" + matcher.value() + "\"");
                }
            }
            auto name =
                Matcher::make(std::string(metrics::kMetricName), MatchKind::Equal, metric_name);
            node.matchers.push_back(std::move(*name));
        } else if (std::all_of(node.matchers.begin(), node.matchers.end(),
                               [](const Matcher& m) { return m.matches(""); })) {
            return fault(position, "vector selector must contain at least one non-empty matcher");
        }
        for (const auto& matcher : node.matchers) {
            if (matcher.name() == metrics::kMetricName && matcher.kind() == MatchKind::Equal) {
                node.metric_name = matcher.value();
            }
        }
        return make(ValueType::InstantVector, position, std::move(node));
    }

    Result<void> matchers(std::vector<Matcher>& out) {
        take();
        while (peek().kind != TokenKind::RightBrace) {
            if (auto one = matcher(out); !one) {
                return one;
            }
            if (peek().kind == TokenKind::Comma) {
                take();
            } else if (peek().kind != TokenKind::RightBrace) {
                return fault(peek(), "unexpected " + describe(peek()) +
                                         " in label matching, expected \",\" or \"}\"");
            }
        }
        take();
        return {};
    }

    Result<void> matcher(std::vector<Matcher>& out) {
        const auto name = take();
        if (name.kind != TokenKind::Identifier) {
            return fault(name, "unexpected " + describe(name) +
                                   " in label matching, expected label name or \"}\"");
        }
        const auto sign = take();
        std::optional<MatchKind> kind;
        switch (sign.kind) {
        case TokenKind::Assign:
            kind = MatchKind::Equal;
            break;
        case TokenKind::NotEqual:
            kind = MatchKind::NotEqual;
            break;
        case TokenKind::EqualRegex:
            kind = MatchKind::Regex;
            break;
        case TokenKind::NotEqualRegex:
            kind = MatchKind::NotRegex;
            break;
        default:
            return fault(sign, "unexpected " + describe(sign) +
                                   " in label matching, expected one of =, !=, =~, !~");
        }
        const auto value = take();
        if (value.kind != TokenKind::String) {
            return fault(value,
                         "unexpected " + describe(value) + " in label matching, expected string");
        }
        auto made = Matcher::make(name.text, *kind, value.text);
        if (!made) {
            return fault(value, made.error().message);
        }
        out.push_back(std::move(*made));
        return {};
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    std::size_t next_ = 0;
    int depth_ = 0;
};

} // namespace

Result<ExprPtr> parse_tree(std::string_view text) {
    auto tokens = lex(text);
    if (!tokens) {
        return tokens.error();
    }
    return Parser(text, std::move(*tokens)).run();
}

} // namespace opsmon::promql

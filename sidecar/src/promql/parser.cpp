#include "promql/parser.hpp"

#include "promql/checks.hpp"
#include "promql/functions.hpp"
#include "promql/lexer.hpp"
#include "promql/operators.hpp"
#include "promql/selector_parser.hpp"

#include <algorithm>
#include <limits>

namespace opsmon::promql {
namespace {

class Parser {
public:
    explicit Parser(TokenReader& tokens) : tokens_(tokens) {}

    Result<ExprPtr> run() {
        if (tokens_.next_is(TokenKind::End)) {
            return tokens_.fault(tokens_.peek(), "no expression found in input");
        }
        auto expr = expression(0);
        if (expr && !tokens_.next_is(TokenKind::End)) {
            return tokens_.unexpected(tokens_.peek());
        }
        return expr;
    }

private:
    static ExprPtr make(ValueType type, std::size_t position, auto node) {
        return std::make_shared<const Expr>(Expr{type, position, false, std::move(node)});
    }

    // Precedence climbing: reads operators that bind tighter than `floor`.
    Result<ExprPtr> expression(int floor) {
        if (++depth_ > kMaxNesting) {
            return tokens_.fault(tokens_.peek(),
                                 "nested deeper than " + std::to_string(kMaxNesting) + " levels");
        }
        auto lhs = unary();
        while (lhs) {
            const auto op = binary_operator(tokens_.peek());
            if (!op || op->precedence <= floor) {
                break;
            }
            lhs = binary(std::move(*lhs), *op);
        }
        --depth_;
        return lhs;
    }

    Result<ExprPtr> binary(ExprPtr lhs, Operator op) {
        const auto sign = tokens_.take();
        Binary node{op.op, tokens_.take_word_if("bool"), {}, std::move(lhs), nullptr};
        if (auto matching = vector_matching(node.matching); !matching) {
            return matching.error();
        }
        auto rhs = expression(op.right_associative ? op.precedence - 1 : op.precedence);
        if (!rhs) {
            return rhs;
        }
        node.rhs = std::move(*rhs);
        const auto type = check_binary(tokens_, node, sign);
        if (!type) {
            return type.error();
        }
        const auto position = node.lhs->position;
        return make(*type, position, std::move(node));
    }

    Result<void> vector_matching(Matching& out) {
        out.on = tokens_.next_word_is("on");
        if (!out.on && !tokens_.next_word_is("ignoring")) {
            return {};
        }
        tokens_.take();
        if (auto list = labels(out.labels); !list) {
            return list;
        }
        const bool left = tokens_.next_word_is("group_left");
        if (!left && !tokens_.next_word_is("group_right")) {
            return {};
        }
        tokens_.take();
        out.cardinality = left ? Cardinality::ManyToOne : Cardinality::OneToMany;
        return tokens_.next_is(TokenKind::LeftParen) ? labels(out.include) : Result<void>();
    }

    // (a, b, c)
    Result<void> labels(std::vector<std::string>& out) {
        constexpr auto kWhere = "grouping opts";
        if (!tokens_.take_if(TokenKind::LeftParen)) {
            return tokens_.unexpected(tokens_.peek(), kWhere, "\"(\"");
        }
        while (!tokens_.next_is(TokenKind::RightParen)) {
            const auto& name = tokens_.peek();
            const auto lower = lower_case(name.text);
            // Numbers and `without`, by their place in Prometheus' grammar, are no labels here.
            if (name.kind != TokenKind::Identifier || lower == "inf" || lower == "nan" ||
                lower == "without") {
                return tokens_.unexpected(name, kWhere, "label");
            }
            out.push_back(tokens_.take().text);
            if (!tokens_.take_if(TokenKind::Comma) && !tokens_.next_is(TokenKind::RightParen)) {
                return tokens_.unexpected(tokens_.peek(), kWhere, "\",\" or \")\"");
            }
        }
        tokens_.take();
        return {};
    }

    Result<ExprPtr> unary() {
        if (!tokens_.next_is(TokenKind::Add) && !tokens_.next_is(TokenKind::Sub)) {
            auto operand = primary();
            return operand ? parse_modifiers(tokens_, std::move(*operand)) : operand;
        }
        const auto sign = tokens_.take();
        auto operand = expression(kMulPrecedence);
        if (!operand) {
            return operand;
        }
        const auto type = (*operand)->type;
        if (type != ValueType::Scalar && type != ValueType::InstantVector) {
            return tokens_.fault(sign, std::string("unary expression only allowed on expressions "
                                                   "of type scalar or instant vector, got \"") +
                                           to_text(type) + "\"");
        }
        if (sign.kind == TokenKind::Add) {
            return make(type, sign.position, UnaryPlus{std::move(*operand)});
        }
        return make(type, sign.position, Negation{std::move(*operand)});
    }

    // The same expression as one that begins there, and can no longer be modified.
    static ExprPtr parenthesised(const Expr& expr, std::size_t position) {
        auto out = std::make_shared<Expr>(expr);
        out->position = position;
        out->in_parentheses = true;
        return out;
    }

    Result<ExprPtr> primary() {
        const auto& token = tokens_.peek();
        switch (token.kind) {
        case TokenKind::Number:
            return make(ValueType::Scalar, token.position, NumberLiteral{tokens_.take().number});
        case TokenKind::String:
            return make(ValueType::String, token.position, StringLiteral{tokens_.take().text});
        case TokenKind::LeftParen:
            return parenthesis();
        case TokenKind::LeftBrace:
            return parse_selector(tokens_, {}, token.position);
        case TokenKind::Identifier:
        case TokenKind::MetricIdentifier:
            return word();
        default:
            return tokens_.unexpected(token);
        }
    }

    Result<ExprPtr> parenthesis() {
        const auto open = tokens_.take();
        auto inner = expression(0);
        if (!inner) {
            return inner;
        }
        if (tokens_.next_is(TokenKind::End)) {
            return tokens_.fault(open, "unclosed left parenthesis");
        }
        if (!tokens_.take_if(TokenKind::RightParen)) {
            return tokens_.unexpected(tokens_.peek());
        }
        return parenthesised(**inner, open.position);
    }

    // A word where an operand stands: a number, an aggregation, a call, or the name of a metric.
    Result<ExprPtr> word() {
        const auto token = tokens_.take();
        const auto lower = lower_case(token.text);
        if (lower == "inf" || lower == "nan") {
            return make(ValueType::Scalar, token.position,
                        NumberLiteral{lower == "inf" ? std::numeric_limits<double>::infinity()
                                                     : std::numeric_limits<double>::quiet_NaN()});
        }
        const bool list_follows = tokens_.next_is(TokenKind::LeftParen);
        if (const auto op = find_aggregation(lower);
            op && (list_follows || tokens_.next_word_is("by") || tokens_.next_word_is("without"))) {
            return aggregation(token, *op);
        }
        constexpr std::string_view kNotNames[] = {"bool",       "on",          "ignoring",
                                                  "group_left", "group_right", "atan2"};
        if (std::find(std::begin(kNotNames), std::end(kNotNames), lower) != std::end(kNotNames)) {
            return tokens_.unexpected(token);
        }
        return list_follows ? call(token) : parse_selector(tokens_, token.text, token.position);
    }

    Result<bool> grouping(Aggregation& node) {
        node.without = tokens_.next_word_is("without");
        if (!node.without && !tokens_.next_word_is("by")) {
            return false;
        }
        tokens_.take();
        if (auto list = labels(node.grouping); !list) {
            return list.error();
        }
        return true;
    }

    Result<ExprPtr> aggregation(const Token& name, AggregationOp op) {
        Aggregation node;
        node.op = op;
        const auto before = grouping(node);
        if (!before) {
            return before.error();
        }
        if (!tokens_.next_is(TokenKind::LeftParen)) {
            return tokens_.unexpected(tokens_.peek(), "aggregation", "\"(\"");
        }
        std::vector<ExprPtr> args;
        if (auto list = arguments(args); !list) {
            return list.error();
        }
        if (!*before) {
            if (const auto after = grouping(node); !after) {
                return after.error();
            }
        }
        const std::size_t wanted = takes_parameter(op) ? 2 : 1;
        if (args.size() != wanted) {
            return tokens_.fault(name, args.empty()
                                           ? "no arguments for aggregate expression provided"
                                           : "wrong number of arguments for aggregate expression "
                                             "provided, expected " +
                                                 std::to_string(wanted) + ", got " +
                                                 std::to_string(args.size()));
        }
        node.expr = args.back();
        auto checked =
            check_type(tokens_, *node.expr, ValueType::InstantVector, "aggregation expression");
        if (checked && takes_parameter(op)) {
            node.parameter = args.front();
            checked =
                check_type(tokens_, *node.parameter,
                           op == AggregationOp::CountValues ? ValueType::String : ValueType::Scalar,
                           "aggregation parameter");
        }
        if (!checked) {
            return checked.error();
        }
        return make(ValueType::InstantVector, name.position, std::move(node));
    }

    // (a, b, c), of which the parenthesis is next
    Result<void> arguments(std::vector<ExprPtr>& out) {
        tokens_.take();
        while (!tokens_.next_is(TokenKind::RightParen) || !out.empty()) {
            auto arg = expression(0);
            if (!arg) {
                return arg.error();
            }
            out.push_back(std::move(*arg));
            if (!tokens_.take_if(TokenKind::Comma)) {
                break;
            }
            if (tokens_.next_is(TokenKind::RightParen)) {
                return tokens_.fault(tokens_.peek(),
                                     "trailing commas not allowed in function call args");
            }
        }
        if (!tokens_.take_if(TokenKind::RightParen)) {
            return tokens_.unexpected(tokens_.peek(), "arguments", "\",\" or \")\"");
        }
        return {};
    }

    Result<ExprPtr> call(const Token& name) {
        const auto* function = find_function(name.text);
        if (function == nullptr) {
            return tokens_.fault(name, is_known_but_unsupported(name.text)
                                           ? name.text + "() is not supported in this version"
                                           : "unknown function with name \"" + name.text + "\"");
        }
        Call node{function, {}};
        if (auto list = arguments(node.args); !list) {
            return list.error();
        }
        if (auto checked = check_call(tokens_, node, name); !checked) {
            return checked.error();
        }
        return make(function->result, name.position, std::move(node));
    }

    TokenReader& tokens_;
    int depth_ = 0;
};

} // namespace

Result<ExprPtr> parse_tree(std::string_view text) {
    auto tokens = lex(text);
    if (!tokens) {
        return tokens.error();
    }
    TokenReader reader(text, std::move(*tokens));
    return Parser(reader).run();
}

} // namespace opsmon::promql

#include "promql/selector_parser.hpp"

#include "promql/duration.hpp"
#include "promql/operators.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::promql {
namespace {

constexpr auto kWhere = "label matching";

Result<void> parse_matcher(TokenReader& tokens, std::vector<Matcher>& out) {
    const auto& name = tokens.take();
    if (name.kind != TokenKind::Identifier) {
        return tokens.unexpected(name, kWhere, "label name or \"}\"");
    }
    const auto& sign = tokens.take();
    std::optional<MatchKind> kind;
    if (sign.kind == TokenKind::Assign) {
        kind = MatchKind::Equal;
    } else if (sign.kind == TokenKind::NotEqual) {
        kind = MatchKind::NotEqual;
    } else if (sign.kind == TokenKind::EqualRegex) {
        kind = MatchKind::Regex;
    } else if (sign.kind == TokenKind::NotEqualRegex) {
        kind = MatchKind::NotRegex;
    } else {
        return tokens.unexpected(sign, kWhere, "one of =, !=, =~, !~");
    }
    const auto& value = tokens.take();
    if (value.kind != TokenKind::String) {
        return tokens.unexpected(value, kWhere, "string");
    }
    auto made = Matcher::make(name.text, *kind, value.text);
    if (!made) {
        return tokens.fault(value, made.error().message);
    }
    out.push_back(std::move(*made));
    return {};
}

Result<void> parse_matchers(TokenReader& tokens, std::vector<Matcher>& out) {
    tokens.take();
    while (!tokens.next_is(TokenKind::RightBrace)) {
        if (auto one = parse_matcher(tokens, out); !one) {
            return one;
        }
        if (!tokens.take_if(TokenKind::Comma) && !tokens.next_is(TokenKind::RightBrace)) {
            return tokens.unexpected(tokens.peek(), kWhere, "\",\" or \"}\"");
        }
    }
    tokens.take();
    return {};
}

Result<std::int64_t> parse_duration(TokenReader& tokens, const std::string& where) {
    const auto& token = tokens.take();
    if (token.kind != TokenKind::Duration) {
        return tokens.unexpected(token, where, "duration");
    }
    const auto duration = parse_duration_ms(token.text);
    if (!duration) {
        return tokens.fault(token, duration.error().message);
    }
    if (*duration == 0) {
        return tokens.fault(token, "duration must be greater than 0");
    }
    return duration;
}

// As Prometheus: a timestamp that is no number of milliseconds has no place in time.
Result<At> parse_time(TokenReader& tokens) {
    const auto& first = tokens.peek();
    const bool negative = tokens.take_if(TokenKind::Sub);
    if (!negative) {
        tokens.take_if(TokenKind::Add);
    }
    const auto& token = tokens.take();
    const auto word = lower_case(token.text);
    const bool endless = token.kind == TokenKind::Identifier && (word == "inf" || word == "nan");
    if (token.kind != TokenKind::Number && !endless) {
        return tokens.unexpected(token, "@", "timestamp, start() or end()");
    }
    constexpr double kMax_s =
        9223372036854775808.0; // as Prometheus, whose limit is of another unit
    const double at_ms = std::round((negative ? -token.number : token.number) * 1000);
    if (endless || token.number >= kMax_s) {
        return tokens.fault(first, "timestamp out of bounds for @ modifier: " + token.text);
    }
    // No sample is that far away, and sums with offsets and ranges stay whole.
    constexpr double kFar_ms = 4e18;
    return At{At::Kind::Time, static_cast<TimestampMs>(std::clamp(at_ms, -kFar_ms, kFar_ms))};
}

Result<At> parse_at(TokenReader& tokens) {
    const bool start = tokens.next_word_is("start");
    if (!start && !tokens.next_word_is("end")) {
        return parse_time(tokens);
    }
    tokens.take();
    for (const auto kind : {TokenKind::LeftParen, TokenKind::RightParen}) {
        if (!tokens.next_is(kind)) {
            return tokens.unexpected(tokens.peek(), "@",
                                     kind == TokenKind::LeftParen ? "\"(\"" : "\")\"");
        }
        tokens.take();
    }
    return At{start ? At::Kind::Start : At::Kind::End, 0};
}

Moment* moment_of(Expr& expr) {
    if (expr.in_parentheses) {
        return nullptr;
    }
    if (auto* selector = std::get_if<VectorSelector>(&expr.node)) {
        return &selector->moment;
    }
    if (auto* range = std::get_if<RangeSelector>(&expr.node)) {
        return &range->selector.moment;
    }
    auto* subquery = std::get_if<Subquery>(&expr.node);
    return subquery == nullptr ? nullptr : &subquery->moment;
}

Error misplaced(const TokenReader& tokens, const Expr& expr, const std::string& what) {
    return tokens.fault(expr.position, what + " must be preceded by an instant vector selector or "
                                              "range vector selector or a subquery");
}

Result<ExprPtr> with_offset(TokenReader& tokens, const Expr& operand) {
    tokens.take();
    const bool negative = tokens.take_if(TokenKind::Sub);
    const auto duration = parse_duration(tokens, "offset");
    if (!duration) {
        return duration.error();
    }
    auto out = std::make_shared<Expr>(operand);
    auto* moment = moment_of(*out);
    if (moment == nullptr) {
        return misplaced(tokens, operand, "offset modifier");
    }
    if (moment->offset_ms != 0) {
        return tokens.fault(operand.position, "offset may not be set multiple times");
    }
    moment->offset_ms = negative ? -*duration : *duration;
    return ExprPtr(std::move(out));
}

Result<ExprPtr> with_at(TokenReader& tokens, const Expr& operand) {
    tokens.take();
    const auto at = parse_at(tokens);
    if (!at) {
        return at.error();
    }
    auto out = std::make_shared<Expr>(operand);
    auto* moment = moment_of(*out);
    if (moment == nullptr) {
        return misplaced(tokens, operand, "@ modifier");
    }
    if (moment->at) {
        return tokens.fault(operand.position, "@ <timestamp> may not be set multiple times");
    }
    moment->at = *at;
    return ExprPtr(std::move(out));
}

Result<ExprPtr> as_range(const TokenReader& tokens, const Expr& operand, std::int64_t range_ms) {
    const auto* selector = std::get_if<VectorSelector>(&operand.node);
    if (selector == nullptr || operand.in_parentheses) {
        return tokens.fault(operand.position, "ranges only allowed for vector selectors");
    }
    if (selector->moment.offset_ms != 0) {
        return tokens.fault(operand.position, "no offset modifiers allowed before range");
    }
    if (selector->moment.at) {
        return tokens.fault(operand.position, "no @ modifiers allowed before range");
    }
    return ExprPtr(std::make_shared<Expr>(
        Expr{ValueType::RangeVector, operand.position, false, RangeSelector{*selector, range_ms}}));
}

Result<ExprPtr> with_brackets(TokenReader& tokens, const ExprPtr& operand) {
    tokens.take();
    const auto range = parse_duration(tokens, "brackets");
    if (!range) {
        return range.error();
    }
    if (tokens.take_if(TokenKind::RightBracket)) {
        return as_range(tokens, *operand, *range);
    }
    if (!tokens.take_if(TokenKind::Colon)) {
        return tokens.unexpected(tokens.peek(), "brackets", "\":\" or \"]\"");
    }
    std::int64_t step = 0;
    if (!tokens.next_is(TokenKind::RightBracket)) {
        const auto given = parse_duration(tokens, "subquery");
        if (!given) {
            return given.error();
        }
        step = *given;
    }
    if (!tokens.take_if(TokenKind::RightBracket)) {
        return tokens.unexpected(tokens.peek(), "subquery", "\"]\"");
    }
    if (operand->type != ValueType::InstantVector) {
        return tokens.fault(operand->position,
                            std::string("subquery is only allowed on instant vector, got ") +
                                to_text(operand->type) + " instead");
    }
    return ExprPtr(std::make_shared<Expr>(Expr{ValueType::RangeVector, operand->position, false,
                                               Subquery{operand, *range, step, {}}}));
}

} // namespace

Result<ExprPtr> parse_selector(TokenReader& tokens, const std::string& metric_name,
                               std::size_t position) {
    VectorSelector node;
    if (tokens.next_is(TokenKind::LeftBrace)) {
        if (auto list = parse_matchers(tokens, node.matchers); !list) {
            return list.error();
        }
    }
    if (!metric_name.empty()) {
        for (const auto& matcher : node.matchers) {
            if (matcher.name() == metrics::kMetricName) {
                return tokens.fault(position, "metric name must not be set twice: \"" +
                                                  metric_name + "\" or \"" + matcher.value() +
                                                  "\"");
            }
        }
        auto name = Matcher::make(std::string(metrics::kMetricName), MatchKind::Equal, metric_name);
        node.matchers.push_back(std::move(*name));
        node.name_in_front = true;
    } else if (std::all_of(node.matchers.begin(), node.matchers.end(),
                           [](const Matcher& m) { return m.matches(""); })) {
        return tokens.fault(position,
                            "vector selector must contain at least one non-empty matcher");
    }
    for (const auto& matcher : node.matchers) {
        if (matcher.name() == metrics::kMetricName && matcher.kind() == MatchKind::Equal) {
            node.metric_name = matcher.value();
        }
    }
    return ExprPtr(
        std::make_shared<Expr>(Expr{ValueType::InstantVector, position, false, std::move(node)}));
}

Result<ExprPtr> parse_modifiers(TokenReader& tokens, ExprPtr operand) {
    for (;;) {
        Result<ExprPtr> changed = operand;
        if (tokens.next_is(TokenKind::LeftBracket)) {
            changed = with_brackets(tokens, operand);
        } else if (tokens.next_is(TokenKind::At)) {
            changed = with_at(tokens, *operand);
        } else if (tokens.next_word_is("offset")) {
            changed = with_offset(tokens, *operand);
        } else {
            return operand;
        }
        if (!changed) {
            return changed;
        }
        operand = std::move(*changed);
    }
}

} // namespace opsmon::promql

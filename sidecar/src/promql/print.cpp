#include "promql/print.hpp"

#include "promql/functions.hpp"
#include "promql/number_text.hpp"
#include "promql/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace opsmon::promql {
namespace {

// The largest unit first; years and weeks only where nothing is left over.
std::string duration_text(std::int64_t ms) {
    if (ms == 0) {
        return "0s";
    }
    struct Unit {
        const char* name;
        std::int64_t ms;
        bool whole;
    };
    constexpr std::array<Unit, 7> kUnits = {{{"y", 365LL * 86'400'000, true},
                                             {"w", 7LL * 86'400'000, true},
                                             {"d", 86'400'000, false},
                                             {"h", 3'600'000, false},
                                             {"m", 60'000, false},
                                             {"s", 1000, false},
                                             {"ms", 1, false}}};
    std::string out;
    for (const Unit& unit : kUnits) {
        if (unit.whole && ms % unit.ms != 0) {
            continue;
        }
        if (const auto count = ms / unit.ms; count > 0) {
            out += std::to_string(count) + unit.name;
            ms -= count * unit.ms;
        }
    }
    return out;
}

void append_byte(std::string& out, unsigned char byte) {
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
    out += escape.data();
}

// As Go's %q, but that what is no letter, mark or sign beyond ASCII stays as it is.
std::string in_quotes(std::string_view text) {
    constexpr std::string_view kEscaped = "\a\b\f\n\r\t\v\"\\";
    constexpr std::string_view kLetters = "abfnrtv\"\\";
    std::string out = "\"";
    while (!text.empty()) {
        const auto length = character_length(text);
        const auto byte = static_cast<unsigned char>(text.front());
        if (const auto at = kEscaped.find(text.front()); at != std::string_view::npos) {
            out += {'\\', kLetters[at]};
        } else if (length == 0 || byte < 0x20 || byte == 0x7f) {
            append_byte(out, byte);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out + "\"";
}

std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

std::string moment_text(const Moment& moment) {
    std::string out;
    if (moment.at) {
        if (moment.at->kind == At::Kind::Time) {
            std::array<char, 48> text{};
            std::snprintf(text.data(), text.size(), " @ %.3f",
                          static_cast<double>(moment.at->time) / 1000);
            out += text.data();
        } else {
            out += moment.at->kind == At::Kind::Start ? " @ start()" : " @ end()";
        }
    }
    if (moment.offset_ms != 0) {
        out += moment.offset_ms < 0 ? " offset -" + duration_text(-moment.offset_ms)
                                    : " offset " + duration_text(moment.offset_ms);
    }
    return out;
}

const char* kind_text(MatchKind kind) {
    switch (kind) {
    case MatchKind::Equal:
        return "=";
    case MatchKind::NotEqual:
        return "!=";
    case MatchKind::Regex:
        return "=~";
    case MatchKind::NotRegex:
        return "!~";
    }
    return "";
}

std::string selector_text(const VectorSelector& selector) {
    std::vector<std::string> matchers;
    for (const auto& matcher : selector.matchers) {
        if (!(selector.name_in_front && matcher.name() == metrics::kMetricName)) {
            matchers.push_back(matcher.name() + kind_text(matcher.kind()) +
                               in_quotes(matcher.value()));
        }
    }
    std::sort(matchers.begin(), matchers.end());
    std::string list;
    for (const auto& matcher : matchers) {
        list += (list.empty() ? "" : ",") + matcher;
    }
    return (selector.name_in_front ? selector.metric_name : "") +
           (list.empty() ? "" : "{" + list + "}");
}

const char* operator_text(BinaryOp op) {
    constexpr std::array kTexts = {"+",  "-", "*",  "/", "%",  "^",   "atan2", "==",
                                   "!=", "<", "<=", ">", ">=", "and", "or",    "unless"};
    return kTexts[static_cast<std::size_t>(op)];
}

const char* aggregation_text(AggregationOp op) {
    constexpr std::array kTexts = {"avg", "bottomk",  "count",  "count_values", "group", "max",
                                   "min", "quantile", "stddev", "stdvar",       "sum",   "topk"};
    return kTexts[static_cast<std::size_t>(op)];
}

std::string matching_text(const Binary& node) {
    const auto& matching = node.matching;
    std::string out;
    if (matching.on || !matching.labels.empty()) {
        out = (matching.on ? " on (" : " ignoring (") + joined(matching.labels) + ")";
    }
    if (matching.cardinality == Cardinality::ManyToOne ||
        matching.cardinality == Cardinality::OneToMany) {
        out +=
            (matching.cardinality == Cardinality::ManyToOne ? " group_left (" : " group_right (") +
            joined(matching.include) + ")";
    }
    return out;
}

std::string text_of(const NumberLiteral& node) {
    return scientific_number(node.value);
}

std::string text_of(const StringLiteral& node) {
    return in_quotes(node.value);
}

std::string text_of(const VectorSelector& node) {
    return selector_text(node) + moment_text(node.moment);
}

std::string text_of(const RangeSelector& node) {
    return selector_text(node.selector) + "[" + duration_text(node.range_ms) + "]" +
           moment_text(node.selector.moment);
}

std::string text_of(const Subquery& node) {
    return print(*node.expr) + "[" + duration_text(node.range_ms) + ":" +
           (node.step_ms == 0 ? "" : duration_text(node.step_ms)) + "]" + moment_text(node.moment);
}

// A sign belongs to the number behind it.
const NumberLiteral* sole_number(const Expr& expr) {
    return expr.in_parentheses ? nullptr : std::get_if<NumberLiteral>(&expr.node);
}

std::string text_of(const UnaryPlus& node) {
    const auto* number = sole_number(*node.operand);
    return number != nullptr ? text_of(*number) : "+" + print(*node.operand);
}

std::string text_of(const Negation& node) {
    const auto* number = sole_number(*node.operand);
    return number != nullptr ? text_of(NumberLiteral{-number->value}) : "-" + print(*node.operand);
}

std::string text_of(const Binary& node) {
    return print(*node.lhs) + " " + operator_text(node.op) + (node.returns_bool ? " bool" : "") +
           matching_text(node) + " " + print(*node.rhs);
}

std::string text_of(const Aggregation& node) {
    std::string out = aggregation_text(node.op);
    if (node.without || !node.grouping.empty()) {
        out += (node.without ? " without (" : " by (") + joined(node.grouping) + ") ";
    }
    return out + "(" + (node.parameter ? print(*node.parameter) + ", " : "") + print(*node.expr) +
           ")";
}

std::string text_of(const Call& node) {
    std::string args;
    for (const auto& arg : node.args) {
        args += (args.empty() ? "" : ", ") + print(*arg);
    }
    return std::string(node.function->name) + "(" + args + ")";
}

} // namespace

std::string print(const Expr& expr) {
    auto out = std::visit([](const auto& node) { return text_of(node); }, expr.node);
    return expr.in_parentheses ? "(" + std::move(out) + ")" : out;
}

} // namespace opsmon::promql

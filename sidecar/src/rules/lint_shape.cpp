#include "rules/lint_shape.hpp"

#include "rules/lint_calls.hpp"
#include "rules/lint_matching.hpp"
#include "rules/lint_values.hpp"
#include "rules/template_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <type_traits>
#include <utility>

namespace opsmon::rules {
namespace {

using promql::BinaryOp;
using promql::Expr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Reads an expression from its leaves up.
class Reader {
public:
    Reader(const KnownMetrics& known, const Complain& complain)
        : known_(known), complain_(complain) {}

    Shape read(const Expr& expr) {
        return std::visit([&](const auto& node) { return read_node(node); }, expr.node);
    }

private:
    Shape read_node(const promql::NumberLiteral& number) {
        Shape out;
        out.open = false;
        out.low = out.high = number.value;
        return out;
    }

    Shape read_node(const promql::StringLiteral&) { return {}; }

    Shape read_node(const promql::VectorSelector& selector) { return read_selector(selector); }

    // Ranges, subqueries and aggregations, told apart by what they have.
    template <typename Node>
    Shape read_node(const Node& node) {
        if constexpr (requires { node.selector; }) {
            return read_selector(node.selector);
        } else if constexpr (requires { node.grouping; }) {
            return read_aggregation(node);
        } else {
            return read(*node.expr);
        }
    }

    Shape read_node(const promql::UnaryPlus& plus) { return read(*plus.operand); }

    Shape read_node(const promql::Negation& negation) {
        auto out = read(*negation.operand);
        drop_name(out);
        std::tie(out.low, out.high) = std::pair(-out.high, -out.low);
        out.raw_counter = false;
        return out;
    }

    Shape read_selector(const promql::VectorSelector& selector) {
        Shape out;
        out.vector = true;
        std::optional<MetricFacts> facts;
        if (!selector.metric_name.empty()) {
            out.from = selector.metric_name;
            facts = known_.find(selector.metric_name);
            check_metric(selector.metric_name, facts);
        }
        if (facts) {
            take_facts(*facts, out);
        }
        check_matchers(selector, out, facts.has_value());
        return out;
    }

    void check_metric(const std::string& name, const std::optional<MetricFacts>& facts) {
        if (facts && !facts->gone.empty()) {
            complain_("the metric " + name + " does not exist any more",
                      "an expression without series never gives an alert", facts->gone);
        } else if (!facts) {
            const auto like = known_.like(name);
            complain_("there is no metric " + name,
                      "neither the sidecar nor a rule in these files writes it",
                      like.empty() ? "look at docs/metrics.md for what there is"
                                   : "perhaps " + like);
        }
    }

    static void take_facts(const MetricFacts& facts, Shape& out) {
        out.unit = facts.unit;
        out.of_network = facts.of_network;
        out.raw_counter = facts.kind == MetricKind::Counter || facts.kind == MetricKind::Bucket;
        if (out.raw_counter) {
            out.low = 0;
        }
        if (facts.zero_or_one) {
            out.low = 0;
            out.high = 1;
        }
        if (facts.labels) {
            out.open = false;
            for (const auto& label : *facts.labels) {
                const bool may_be_empty = label.ends_with('?');
                out.labels[label.substr(0, label.size() - (may_be_empty ? 1 : 0))].always =
                    !may_be_empty;
            }
            if (facts.scraped_labels) {
                out.labels["instance"].always = true;
                out.labels["job"].always = true;
            }
        }
    }

    void check_matchers(const promql::VectorSelector& selector, Shape& out, bool known) {
        for (const auto& matcher : selector.matchers) {
            if (matcher.name() == metrics::kMetricName) {
                continue;
            }
            const bool wants_it = !matcher.matches("");
            if (known && !out.open && wants_it && !out.labels.contains(matcher.name())) {
                complain_(selector.metric_name + " has no label " + matcher.name(),
                          "the matcher " + matcher.name() + "=… finds no series",
                          "its labels are: " + label_list(out));
            }
            if (matcher.kind() == promql::MatchKind::Equal && wants_it) {
                auto& label = out.labels[matcher.name()];
                if (!label.value.empty() && label.value != matcher.value()) {
                    complain_("label " + matcher.name() + " is to be both " + quote(label.value) +
                                  " and " + quote(matcher.value()),
                              "no series has two values of one label",
                              "use =~ " + quote(label.value + "|" + matcher.value()));
                }
                label = {true, matcher.value()};
            }
        }
    }

    static std::string label_list(const Shape& shape) {
        std::string out;
        for (const auto& [name, label] : shape.labels) {
            out += (out.empty() ? "" : ", ") + name;
        }
        return out.empty() ? "none" : out;
    }

    // --- operators

    Shape read_node(const promql::Binary& binary) {
        const auto left = read(*binary.lhs);
        const auto right = read(*binary.rhs);
        if (left.vector && right.vector && binary.op != BinaryOp::Or) {
            complain_about_meeting(meeting_of(binary), left, right, complain_);
        }
        if (promql::is_set_operator(binary.op)) {
            return binary.op == BinaryOp::Or ? either(left, right) : left;
        }
        if (promql::is_comparison(binary.op)) {
            return compare(binary, left, right);
        }
        return calculate(binary, left, right);
    }

    template <typename Operator>
    static Meeting meeting_of(const Operator& binary) {
        Meeting out;
        out.takes_away = binary.op == BinaryOp::Unless;
        if constexpr (requires { binary.matching; }) {
            using Cardinality = decltype(binary.matching.cardinality);
            out.on = binary.matching.on;
            out.labels = binary.matching.labels;
            out.include = binary.matching.include;
            out.many_on_left = binary.matching.cardinality == Cardinality::ManyToOne;
            out.many_on_right = binary.matching.cardinality == Cardinality::OneToMany;
        }
        return out;
    }

    static Shape either(const Shape& a, const Shape& b) {
        Shape out;
        out.vector = true;
        out.open = a.open || b.open;
        for (const auto* side : {&a, &b}) {
            for (const auto& [name, label] : side->labels) {
                const auto& other = side == &a ? b : a;
                const auto found = other.labels.find(name);
                const bool both = found != other.labels.end();
                out.labels[name] = {label.always && both && found->second.always,
                                    both && found->second.value == label.value ? label.value : ""};
            }
        }
        out.low = std::min(a.low, b.low);
        out.high = std::max(a.high, b.high);
        out.unit = a.unit == b.unit ? a.unit : "";
        out.per_second = a.per_second && b.per_second;
        return out;
    }

    Shape compare(const promql::Binary& binary, const Shape& left, const Shape& right) {
        complain_about_units(left, right, complain_);
        complain_about_threshold(binary.op, left, right, complain_);
        auto out = left.vector ? matched(meeting_of(binary), left, right) : right;
        if (binary.returns_bool) {
            drop_name(out);
            out.low = 0;
            out.high = 1;
            out.unit.clear();
            out.raw_counter = false;
            return out;
        }
        // What is left over are values of the vector that fulfil it.
        const auto& kept = left.vector ? left : right;
        const auto& bound = left.vector ? right : left;
        const auto op = left.vector ? binary.op : mirrored(binary.op);
        if (!narrow(op, bound, out) && kept.vector) {
            complain_("the comparison with " + range_text(bound) + " is never true",
                      "the left side is always " + range_text(kept),
                      "compare with a value it can have");
        }
        return out;
    }

    Shape calculate(const promql::Binary& binary, const Shape& left, const Shape& right) {
        Shape out;
        if (left.vector || right.vector) {
            out = left.vector ? matched(meeting_of(binary), left, right) : right;
        } else {
            out.open = false;
        }
        drop_name(out);
        out.raw_counter = false;
        out.from.clear();
        const auto& other = left.vector ? right : left;
        if (binary.op == BinaryOp::Add || binary.op == BinaryOp::Sub) {
            complain_about_units(left, right, complain_);
            const bool add = binary.op == BinaryOp::Add;
            out.unit = left.unit.empty() ? right.unit : left.unit;
            out.low = add ? left.low + right.low : left.low - right.high;
            out.high = add ? left.high + right.high : left.high - right.low;
        } else {
            if (out.unit == "bytes" && binary.op == BinaryOp::Mul && other.low == 8 &&
                other.high == 8) {
                out.unit = "bits";
            } else if (binary.op == BinaryOp::Div && out.unit == "bits" && other.low == 8 &&
                       other.high == 8) {
                out.unit = "bytes";
            } else {
                out.unit.clear();
            }
            const bool positive = left.low >= 0 && right.low >= 0 &&
                                  (binary.op == BinaryOp::Mul || binary.op == BinaryOp::Div);
            out.low = positive ? 0 : -kInfinity;
            out.high = kInfinity;
        }
        if (std::isnan(out.low) || std::isnan(out.high)) {
            out.low = -kInfinity;
            out.high = kInfinity;
        }
        return out;
    }

    // --- aggregations and functions

    template <typename Aggregation>
    Shape read_aggregation(const Aggregation& aggregation) {
        using Op = decltype(aggregation.op);
        if (aggregation.parameter) {
            (void)read(*aggregation.parameter);
        }
        const auto in = read(*aggregation.expr);
        if (aggregation.op == Op::Topk || aggregation.op == Op::Bottomk) {
            return in;
        }
        auto out = grouped(aggregation, in);
        switch (aggregation.op) {
        case Op::Count:
            out.low = 1;
            out.high = kInfinity;
            out.unit.clear();
            break;
        case Op::CountValues:
            out.open = true;
            out.low = 1;
            out.high = kInfinity;
            out.unit.clear();
            break;
        case Op::Group:
            out.low = out.high = 1;
            out.unit.clear();
            break;
        case Op::Sum:
            out.low = in.low >= 0 ? in.low : -kInfinity;
            out.high = in.high <= 0 ? in.high : kInfinity;
            break;
        case Op::Stddev:
        case Op::Stdvar:
            out.low = 0;
            out.high = kInfinity;
            break;
        case Op::Avg:
        case Op::Bottomk:
        case Op::Max:
        case Op::Min:
        case Op::Quantile:
        case Op::Topk:
            break;
        }
        return out;
    }

    template <typename Aggregation>
    Shape grouped(const Aggregation& aggregation, const Shape& in) {
        auto out = in;
        drop_name(out);
        if (aggregation.without) {
            for (const auto& name : aggregation.grouping) {
                out.labels.erase(name);
            }
            return out;
        }
        out.labels.clear();
        out.open = false;
        out.aggregated = true;
        for (const auto& name : aggregation.grouping) {
            const auto found = in.labels.find(name);
            if (found != in.labels.end()) {
                out.labels[name] = found->second;
            } else if (in.open) {
                out.labels[name];
            } else {
                complain_((in.from.empty() ? "the series" : in.from) + " have no label " + name +
                              " to group by",
                          "all of them fall into one group, without that label",
                          "group by one of: " + label_list(in));
            }
        }
        return out;
    }

    Shape read_node(const promql::Call& call) {
        std::vector<Shape> args;
        for (const auto& arg : call.args) {
            args.push_back(read(*arg));
        }
        check_call(call, args, known_, complain_);
        return result_of(call, args);
    }

    const KnownMetrics& known_;
    const Complain& complain_;
};

} // namespace

Shape shape_of(const promql::Expr& expr, const KnownMetrics& known, const Complain& complain) {
    return Reader(known, complain).read(expr);
}

} // namespace opsmon::rules

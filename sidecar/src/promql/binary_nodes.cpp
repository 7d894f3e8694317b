#include "promql/binary_nodes.hpp"

#include <algorithm>
#include <cmath>

namespace opsmon::promql {
namespace {

bool compares_true(BinaryOp op, double a, double b) {
    switch (op) {
    case BinaryOp::Equal:
        return a == b;
    case BinaryOp::NotEqual:
        return a != b;
    case BinaryOp::Less:
        return a < b;
    case BinaryOp::LessEqual:
        return a <= b;
    case BinaryOp::Greater:
        return a > b;
    default:
        return a >= b;
    }
}

double arithmetic(BinaryOp op, double a, double b) {
    switch (op) {
    case BinaryOp::Add:
        return a + b;
    case BinaryOp::Sub:
        return a - b;
    case BinaryOp::Mul:
        return a * b;
    case BinaryOp::Div:
        return a / b;
    case BinaryOp::Mod:
        return std::fmod(a, b);
    case BinaryOp::Atan2:
        return std::atan2(a, b);
    default:
        return std::pow(a, b);
    }
}

// {__name__="m", a="1"}, as Prometheus shows a series in its errors.
std::string shown(const metrics::Labels& labels) {
    std::string out = "{";
    for (const auto& [name, value] : labels.pairs()) {
        out += (out.size() > 1 ? ", " : "") + name;
        const auto pair = metrics::Labels({{"x", value}}).to_string(); // {x="…"}, escaped
        out += pair.substr(2, pair.size() - 3);
    }
    return out + "}";
}

} // namespace

Operation::Outcome Operation::apply(double a, double b, double kept) const {
    if (!is_comparison(op)) {
        return {arithmetic(op, a, b), true};
    }
    const bool holds = compares_true(op, a, b);
    return returns_bool ? Outcome{holds ? 1.0 : 0.0, true} : Outcome{kept, holds};
}

bool ScalarsNode::compute(TimestampMs at, Frame& out) {
    if (!lhs_->eval(at, out) || !rhs_->eval(at, right_)) {
        return false;
    }
    out.front().value = operation_.apply(out.front().value, right_.front().value, 0).value;
    return true;
}

bool VectorScalarNode::compute(TimestampMs at, Frame& out) {
    const bool evaluated = scalar_is_left_
                               ? scalar_->eval(at, number_) && vector_->eval(at, input_)
                               : vector_->eval(at, input_) && scalar_->eval(at, number_);
    if (!evaluated) {
        return false;
    }
    const double scalar = number_.front().value;
    for (const auto& item : input_) {
        const auto [value, keep] =
            operation_.apply(scalar_is_left_ ? scalar : item.value,
                             scalar_is_left_ ? item.value : scalar, item.value);
        if (keep) {
            out.push_back({operation_.drops_name()
                               ? change_.get(run_.labels(), item.labels, without_name)
                               : item.labels,
                           value});
        }
    }
    return !change_.ambiguous() || run_.check_unique(out);
}

LabelId MatchKey::of(LabelTable& table, LabelId id) {
    return change_.get(table, id, [this](const metrics::Labels& labels) {
        return matching_.on ? keep_labels(labels, matching_.labels)
                            : without_name(drop_labels(labels, matching_.labels));
    });
}

bool VectorsNode::compute(TimestampMs at, Frame& out) {
    const bool swapped = matching_.cardinality == Cardinality::OneToMany;
    if (!lhs_->eval(at, swapped ? one_ : many_) || !rhs_->eval(at, swapped ? many_ : one_)) {
        return false;
    }
    if (many_.empty() || one_.empty()) {
        return true;
    }
    return index_one_side() && match(out);
}

bool VectorsNode::index_one_side() {
    one_side_.clear();
    for (const auto& item : one_) {
        const auto [place, is_new] = one_side_.at(one_key_.of(run_.labels(), item.labels));
        if (!is_new) {
            return duplicate(place, item);
        }
        place = item;
    }
    return true;
}

bool VectorsNode::duplicate(const Item& first, const Item& second) {
    const auto& labels = run_.labels()[second.labels];
    const auto key = matching_.on ? keep_labels(labels, matching_.labels)
                                  : without_name(drop_labels(labels, matching_.labels));
    const bool left = matching_.cardinality == Cardinality::OneToMany;
    return run_.fail("found duplicate series for the match group " + shown(key) + " on the " +
                     (left ? "left" : "right") + " hand-side of the operation: [" + shown(labels) +
                     ", " + shown(run_.labels()[first.labels]) +
                     "];many-to-many matching not allowed: matching labels must be unique on one "
                     "side");
}

bool VectorsNode::match(Frame& out) {
    const bool swapped = matching_.cardinality == Cardinality::OneToMany;
    matched_.clear();
    made_.clear();
    for (const auto& item : many_) {
        const auto key = many_key_.of(run_.labels(), item.labels);
        const auto* other = one_side_.find(key);
        if (other == nullptr) {
            continue;
        }
        const double left = swapped ? other->value : item.value;
        const double right = swapped ? item.value : other->value;
        const auto [value, keep] = operation_.apply(left, right, left);
        if (!keep) {
            continue;
        }
        const auto labels = result_labels(item.labels, other->labels);
        if (!note_match(key, labels)) {
            return false;
        }
        out.push_back({labels, value});
    }
    return matching_.cardinality == Cardinality::OneToOne || run_.check_unique(out);
}

bool VectorsNode::note_match(LabelId key, LabelId result) {
    if (matching_.cardinality == Cardinality::OneToOne) {
        return matched_.at(key).second ||
               run_.fail("multiple matches for labels: many-to-one matching must be explicit "
                         "(group_left/group_right)");
    }
    auto [made, is_new] = made_.at(key);
    if (is_new) {
        made.clear();
    }
    if (!matching_.include.empty() || matching_.on || operation_.drops_name()) {
        if (std::find(made.begin(), made.end(), result) != made.end()) {
            return run_.fail(
                "multiple matches for labels: grouping labels must ensure unique matches");
        }
    }
    made.push_back(result);
    return true;
}

LabelId VectorsNode::result_labels(LabelId many, LabelId one) {
    // Without included labels the result depends on one side only.
    const auto from_one = matching_.include.empty() ? 0 : one;
    const auto place = (static_cast<std::uint64_t>(many) << 32U) | from_one;
    if (const auto known = results_.find(place); known != results_.end()) {
        return known->second;
    }
    auto labels = run_.labels()[many];
    if (operation_.drops_name()) {
        labels.remove(metrics::kMetricName);
    }
    if (matching_.cardinality == Cardinality::OneToOne) {
        labels = matching_.on ? keep_labels(labels, matching_.labels)
                              : drop_labels(labels, matching_.labels);
    }
    for (const auto& name : matching_.include) {
        labels.set(name, run_.labels()[one].get(name));
    }
    const auto id = run_.labels().intern(std::move(labels));
    results_.emplace(place, id);
    return id;
}

bool SetNode::compute(TimestampMs at, Frame& out) {
    if (!lhs_->eval(at, out) || !rhs_->eval(at, right_)) {
        return false;
    }
    auto& table = run_.labels();
    keys_.clear();
    if (op_ == BinaryOp::Or) {
        for (const auto& item : out) {
            keys_.at(left_key_.of(table, item.labels));
        }
        for (const auto& item : right_) {
            if (keys_.find(right_key_.of(table, item.labels)) == nullptr) {
                out.push_back(item);
            }
        }
        return true;
    }
    for (const auto& item : right_) {
        keys_.at(right_key_.of(table, item.labels));
    }
    std::erase_if(out, [&](const Item& item) {
        const bool known = keys_.find(left_key_.of(table, item.labels)) != nullptr;
        return known != (op_ == BinaryOp::And);
    });
    return true;
}

} // namespace opsmon::promql

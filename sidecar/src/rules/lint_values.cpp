#include "rules/lint_values.hpp"

#include "rules/template_format.hpp"

#include <algorithm>
#include <limits>

namespace opsmon::rules {
namespace {

using promql::BinaryOp;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

} // namespace

BinaryOp mirrored(BinaryOp op) {
    switch (op) {
    case BinaryOp::Less:
        return BinaryOp::Greater;
    case BinaryOp::LessEqual:
        return BinaryOp::GreaterEqual;
    case BinaryOp::Greater:
        return BinaryOp::Less;
    case BinaryOp::GreaterEqual:
        return BinaryOp::LessEqual;
    default:
        return op;
    }
}

bool narrow(BinaryOp op, const Shape& bound, Shape& shape) {
    bool none = false;
    switch (op) {
    case BinaryOp::Greater:
        none = shape.high <= bound.low && shape.high < kInfinity;
        break;
    case BinaryOp::GreaterEqual:
        none = shape.high < bound.low;
        break;
    case BinaryOp::Less:
        none = shape.low >= bound.high && shape.low > -kInfinity;
        break;
    case BinaryOp::LessEqual:
        none = shape.low > bound.high;
        break;
    case BinaryOp::Equal:
        none = shape.low > bound.high || shape.high < bound.low;
        break;
    case BinaryOp::NotEqual:
        return !(shape.low == shape.high && bound.low == bound.high && shape.low == bound.low);
    default:
        return true;
    }
    if (none) {
        return false;
    }
    if (op != BinaryOp::Less && op != BinaryOp::LessEqual) {
        shape.low = std::max(shape.low, bound.low);
    }
    if (op != BinaryOp::Greater && op != BinaryOp::GreaterEqual) {
        shape.high = std::min(shape.high, bound.high);
    }
    return true;
}

std::string range_text(const Shape& shape) {
    if (shape.low == shape.high) {
        return format_float(shape.low);
    }
    if (shape.low == -kInfinity) {
        return "at most " + format_float(shape.high);
    }
    return shape.high == kInfinity ? format_float(shape.low) + " or more"
                                   : format_float(shape.low) + " to " + format_float(shape.high);
}

void complain_about_units(const Shape& left, const Shape& right, const Complain& complain) {
    if (left.unit.empty() || right.unit.empty() || left.unit == right.unit) {
        return;
    }
    complain(left.unit + " are compared with " + right.unit,
             "such a comparison means nothing, and never what was meant",
             left.unit == "bytes" && right.unit == "bits"   ? "multiply the left side by 8"
             : left.unit == "bits" && right.unit == "bytes" ? "multiply the right side by 8"
                                                            : "bring both to one unit");
}

void complain_about_threshold(BinaryOp op, const Shape& left, const Shape& right,
                              const Complain& complain) {
    const bool above = op == BinaryOp::Greater || op == BinaryOp::GreaterEqual;
    if (above && left.raw_counter && !right.vector && right.low == right.high && right.low > 0) {
        complain("the counter " + left.from + " is compared with a number",
                 "it only grows: once above, it stays above until its source restarts",
                 "rate(" + left.from + "[5m]) or increase(" + left.from + "[1h])");
    }
    // A threshold beyond what a gigabit link carries was most likely meant in bits.
    if (above && left.unit == "bytes" && left.per_second && left.of_network && !right.vector &&
        right.low == right.high && right.low > 1.25e8) {
        complain("bytes per second are compared with " + format_float(right.low),
                 "that is " + format_float(right.low * 8 / 1e9) +
                     " Gbit/s: bits were meant, most likely, and the link never gets there",
                 "multiply the rate by 8, or compare with " + format_float(right.low / 8));
    }
}

} // namespace opsmon::rules

#include "promql/checks.hpp"

#include "promql/functions.hpp"
#include "promql/operators.hpp"

#include <algorithm>

namespace opsmon::promql {
namespace {

bool is_operand(ValueType type) {
    return type == ValueType::Scalar || type == ValueType::InstantVector;
}

Result<void> check_matching(const TokenReader& tokens, const Binary& node, const Token& sign,
                            bool both_vectors) {
    const auto& matching = node.matching;
    const auto position = node.lhs->position;
    for (const auto& label : matching.labels) {
        if (matching.on && std::find(matching.include.begin(), matching.include.end(), label) !=
                               matching.include.end()) {
            return tokens.fault(sign, "label \"" + label +
                                          "\" must not occur in ON and GROUP clause at once");
        }
    }
    if (!both_vectors) {
        if (!matching.labels.empty()) {
            return tokens.fault(position, "vector matching only allowed between instant vectors");
        }
    } else if (is_set_operator(node.op) && matching.cardinality != Cardinality::ManyToMany) {
        return tokens.fault(position,
                            "no grouping allowed for \"" + lower_case(sign.text) + "\" operation");
    }
    return {};
}

} // namespace

Result<ValueType> check_binary(const TokenReader& tokens, Binary& node, const Token& sign) {
    const auto left = node.lhs->type;
    const auto right = node.rhs->type;
    const bool both_scalar = left == ValueType::Scalar && right == ValueType::Scalar;
    const bool both_vectors = left == ValueType::InstantVector && right == left;
    if (node.returns_bool && !is_comparison(node.op)) {
        return tokens.fault(sign, "bool modifier can only be used on comparison operators");
    }
    if (is_comparison(node.op) && !node.returns_bool && both_scalar) {
        return tokens.fault(sign, "comparisons between scalars must use BOOL modifier");
    }
    if (is_set_operator(node.op) && node.matching.cardinality == Cardinality::OneToOne) {
        node.matching.cardinality = Cardinality::ManyToMany;
    }
    for (const auto* operand : {&node.lhs, &node.rhs}) {
        if (!is_operand((*operand)->type)) {
            return tokens.fault(
                (*operand)->position,
                "binary expression must contain only scalar and instant vector types");
        }
    }
    if (auto matching = check_matching(tokens, node, sign, both_vectors); !matching) {
        return matching.error();
    }
    if (is_set_operator(node.op) && !both_vectors) {
        return tokens.fault(node.lhs->position, "set operator \"" + lower_case(sign.text) +
                                                    "\" not allowed in binary scalar expression");
    }
    return both_scalar ? ValueType::Scalar : ValueType::InstantVector;
}

Result<void> check_call(const TokenReader& tokens, const Call& node, const Token& name) {
    const auto& wanted = node.function->args;
    const auto count = node.args.size();
    const auto most = node.function->most_args;
    const auto wrong_count = [&](const std::string& how_many, std::size_t number) {
        return tokens.fault(name, "expected " + how_many + std::to_string(number) +
                                      " argument(s) in call to \"" + name.text + "\", got " +
                                      std::to_string(count));
    };
    const auto fewest = node.function->fewest_args;
    if (fewest == most && count != most) {
        return wrong_count("", most);
    }
    if (count < fewest) {
        return wrong_count("at least ", fewest);
    }
    if (count > most) {
        return wrong_count("at most ", most);
    }
    for (std::size_t i = 0; i < count; ++i) {
        auto checked = check_type(tokens, *node.args[i], wanted[std::min(i, wanted.size() - 1)],
                                  "call to function \"" + name.text + "\"");
        if (!checked) {
            return checked;
        }
    }
    return {};
}

Result<void> check_type(const TokenReader& tokens, const Expr& expr, ValueType wanted,
                        const std::string& where) {
    if (expr.type == wanted) {
        return {};
    }
    return tokens.fault(expr.position, std::string("expected type ") + to_text(wanted) + " in " +
                                           where + ", got " + to_text(expr.type));
}

} // namespace opsmon::promql

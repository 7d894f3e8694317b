#include "rules/template_compare.hpp"

namespace opsmon::rules {
namespace {

Error incompatible(const TemplateValue& a, const TemplateValue& b) {
    return Error{std::string("incompatible types for comparison: ") + a.type_name() + " and " +
                 b.type_name() + " (a constant compared with a float needs a point: 5.0)"};
}

} // namespace

Result<bool> template_equal(const TemplateValue& a, const TemplateValue& b) {
    if (a.composite() != nullptr || b.composite() != nullptr) {
        return Error{"invalid type for comparison"};
    }
    if (a.is_nil() || b.is_nil()) {
        return a.is_nil() && b.is_nil();
    }
    if (a.content().index() != b.content().index()) {
        return incompatible(a, b);
    }
    return a.content() == b.content();
}

Result<bool> template_less(const TemplateValue& a, const TemplateValue& b) {
    if (a.composite() != nullptr || b.composite() != nullptr || a.is_nil() || b.is_nil() ||
        a.get<bool>() != nullptr || b.get<bool>() != nullptr ||
        a.get<TemplateMoment>() != nullptr || b.get<TemplateMoment>() != nullptr) {
        return Error{"invalid type for comparison"};
    }
    if (a.content().index() != b.content().index()) {
        return incompatible(a, b);
    }
    return a.content() < b.content();
}

} // namespace opsmon::rules

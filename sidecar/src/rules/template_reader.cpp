#include "rules/template_reader.hpp"

#include "promql/position.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

using Token = TemplateToken;
using Kind = TemplateTokenKind;

std::string describe(const Token& token) {
    switch (token.kind) {
    case Kind::End:
    case Kind::Text:
    case Kind::Open:
        return "end of action";
    case Kind::Close:
        return "\"}}\"";
    case Kind::Field:
        return "\"." + token.text + "\"";
    default:
        return "\"" + token.text + "\"";
    }
}

} // namespace

const Token& TemplateReader::peek(std::size_t ahead) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
}

const Token& TemplateReader::take() {
    return tokens_[std::min(next_++, tokens_.size() - 1)];
}

Result<void> TemplateReader::close() {
    if (!next_is(Kind::Close)) {
        return unexpected(peek(), "action");
    }
    take();
    return {};
}

Error TemplateReader::fault(std::size_t position, const std::string& what) const {
    return promql::parse_error(text_, position, what);
}

Error TemplateReader::unexpected(const Token& token, const std::string& where) const {
    return fault(token, "unexpected " + describe(token) + " in " + where);
}

} // namespace opsmon::rules

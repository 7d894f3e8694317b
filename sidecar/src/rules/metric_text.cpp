#include "rules/metric_text.hpp"

#include "promql/lexer.hpp"
#include "promql/position.hpp"

namespace opsmon::rules {
namespace {

using promql::Token;
using promql::TokenKind;

class Reader {
public:
    Reader(std::string_view text, const std::vector<Token>& tokens)
        : text_(text), tokens_(tokens) {}

    Result<metrics::Labels> run() {
        const bool named =
            here().kind == TokenKind::Identifier || here().kind == TokenKind::MetricIdentifier;
        if (named) {
            labels_.set(metrics::kMetricName, next().text);
        }
        if (here().kind == TokenKind::LeftBrace) {
            ++at_;
            if (auto read = pairs(); !read) {
                return read.error();
            }
        } else if (!named) {
            return fault("the name of a metric or { is expected");
        }
        if (here().kind != TokenKind::End) {
            return fault("nothing may follow a series");
        }
        return std::move(labels_);
    }

private:
    [[nodiscard]] const Token& here() const { return tokens_[at_]; } // the last one is End
    const Token& next() { return tokens_[at_++]; }
    [[nodiscard]] Error fault(const std::string& what) const {
        return promql::parse_error(text_, here().position, what);
    }

    Result<void> pairs() {
        while (here().kind != TokenKind::RightBrace) {
            if (here().kind != TokenKind::Identifier) {
                return fault("the name of a label or } is expected");
            }
            const auto name = next().text;
            if (here().kind != TokenKind::Assign) {
                return fault("= is expected; a series has its labels, and no matchers");
            }
            ++at_;
            if (here().kind != TokenKind::String) {
                return fault("a value in quotes is expected");
            }
            labels_.set(name, next().text);
            if (here().kind == TokenKind::Comma) {
                ++at_;
            } else if (here().kind != TokenKind::RightBrace) {
                return fault(", or } is expected");
            }
        }
        ++at_;
        return {};
    }

    std::string_view text_;
    const std::vector<Token>& tokens_;
    std::size_t at_ = 0;
    metrics::Labels labels_;
};

} // namespace

Result<metrics::Labels> parse_metric(std::string_view text) {
    const auto tokens = promql::lex(text);
    return tokens ? Reader(text, *tokens).run() : tokens.error();
}

} // namespace opsmon::rules

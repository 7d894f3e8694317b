#include "rules/metric_text.hpp"

#include "promql/lexer.hpp"
#include "promql/position.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

using promql::Token;
using promql::TokenKind;

// Words that Prometheus' grammar takes for something else.
bool is_no_name(std::string_view text) {
    constexpr std::string_view kWords[] = {"bool",        "on",    "ignoring", "group_left",
                                           "group_right", "atan2", "inf",      "nan"};
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

class Reader {
public:
    Reader(std::string_view text, const std::vector<Token>& tokens)
        : text_(text), tokens_(tokens) {}

    Result<metrics::Labels> run() {
        const bool named =
            here().kind == TokenKind::Identifier || here().kind == TokenKind::MetricIdentifier;
        if (named) {
            if (is_no_name(here().text)) {
                return fault("\"" + here().text + "\" cannot be the name of a metric");
            }
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
            const auto name = here().text;
            if (labels_.pairs().end() !=
                std::find_if(labels_.pairs().begin(), labels_.pairs().end(),
                             [&](const auto& label) { return label.first == name; })) {
                return fault("the label " + name + " stands there twice");
            }
            ++at_;
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

Result<metrics::Labels> parse_input_series(std::string_view text) {
    if (const auto at = text.find_first_of("\r\n"); at != std::string_view::npos) {
        return promql::parse_error(text, at, "a series and its values stand in one line");
    }
    const auto tokens = promql::lex(text);
    auto labels = tokens ? Reader(text, *tokens).run() : tokens.error();
    if (!labels) {
        return labels;
    }
    const auto& first = tokens->front();
    if (first.kind != TokenKind::LeftBrace && (*tokens)[1].kind == TokenKind::LeftBrace &&
        (*tokens)[1].position != first.position + first.text.size()) {
        return promql::parse_error(text, first.position + first.text.size(),
                                   "nothing may stand between the name and its labels");
    }
    const auto& last = (*tokens)[tokens->size() - 2]; // behind it is the end
    const auto end = last.position + (last.kind == TokenKind::RightBrace ? 1 : last.text.size());
    if (const auto at = text.find('#', end); at != std::string_view::npos) {
        return promql::parse_error(text, at, "no comment may follow a series");
    }
    if (labels->pairs().empty()) {
        return promql::parse_error(text, 0, "a series needs a label at least");
    }
    return labels;
}

} // namespace opsmon::rules

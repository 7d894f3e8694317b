#include "rules/template_lexer.hpp"

#include "promql/position.hpp"
#include "promql/quoted.hpp"
#include "promql/utf8.hpp"

namespace opsmon::rules {
namespace {

using Kind = TemplateTokenKind;

constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c) {
    return c != '\0' && kSpaces.find(c) != std::string_view::npos;
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_name(char c) {
    return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<TemplateToken>> run() {
        while (at_ < text_.size()) {
            take_text();
            if (at_ < text_.size()) {
                if (auto action = take_action(); !action) {
                    return action.error();
                }
            }
        }
        add(Kind::End, at_, {});
        return std::move(tokens_);
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    [[nodiscard]] bool follows(std::string_view what) const {
        return text_.substr(at_).starts_with(what);
    }

    [[nodiscard]] Error fault(std::size_t position, const std::string& what) const {
        return promql::parse_error(text_, position, what);
    }

    void add(Kind kind, std::size_t position, std::string text, bool after_space = false) {
        tokens_.push_back({kind, position, std::move(text), after_space});
    }

    // Everything up to the next action; "{{- " cuts the spaces before itself.
    void take_text() {
        const auto end = std::min(text_.find("{{", at_), text_.size());
        auto text = text_.substr(at_, end - at_);
        if (trim_next_) {
            text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
        }
        trim_next_ = false;
        if (text_.substr(end).starts_with("{{-") && end + 3 < text_.size() &&
            is_space(text_[end + 3])) {
            const auto last = text.find_last_not_of(kSpaces);
            text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
        }
        if (!text.empty()) {
            add(Kind::Text, at_, std::string(text));
        }
        at_ = end;
    }

    Result<void> take_action() {
        const auto open = at_;
        at_ += 2;
        if (peek() == '-' && is_space(peek(1))) {
            at_ += 2;
            while (is_space(peek()) && text_.substr(at_ + 1).starts_with("/*")) {
                ++at_;
            }
        }
        if (follows("/*")) {
            return skip_comment(open);
        }
        add(Kind::Open, open, {});
        while (true) {
            const bool spaces = skip_spaces();
            if (at_ >= text_.size()) {
                return fault(open, "unclosed action");
            }
            if (close(spaces)) {
                return {};
            }
            if (auto token = take_token(spaces); !token) {
                return token;
            }
        }
    }

    Result<void> skip_comment(std::size_t open) {
        const auto end = text_.find("*/", at_);
        if (end == std::string_view::npos) {
            return fault(open, "unclosed comment");
        }
        at_ = end + 2;
        const auto comment_end = at_;
        const bool spaces = skip_spaces();
        if (spaces && follows("-}}")) {
            at_ += 3;
            trim_next_ = true;
            return {};
        }
        at_ = comment_end;
        if (!follows("}}")) {
            return fault(open, "comment ends before closing delimiter");
        }
        at_ += 2;
        return {};
    }

    bool skip_spaces() {
        const auto before = at_;
        while (is_space(peek())) {
            ++at_;
        }
        return at_ > before;
    }

    bool close(bool after_space) {
        if (follows("}}")) {
            add(Kind::Close, at_, {}, after_space);
            at_ += 2;
            return true;
        }
        if (after_space && follows("-}}")) {
            add(Kind::Close, at_, {}, after_space);
            at_ += 3;
            trim_next_ = true;
            return true;
        }
        return false;
    }

    std::string take_name() {
        const auto begin = at_;
        while (is_name(peek())) {
            ++at_;
        }
        return std::string(text_.substr(begin, at_ - begin));
    }

    Result<void> take_token(bool after_space) {
        const auto position = at_;
        const char c = peek();
        if (c == '"' || c == '`') {
            auto quoted = promql::read_quoted(text_.substr(at_));
            if (!quoted) {
                return fault(position, quoted.error().message);
            }
            at_ += quoted->length;
            add(Kind::String, position, std::move(quoted->value), after_space);
        } else if (c == '\'') {
            return take_character(after_space);
        } else if (is_digit(c) || ((c == '+' || c == '-' || c == '.') && is_digit(peek(1))) ||
                   ((c == '+' || c == '-') && peek(1) == '.' && is_digit(peek(2)))) {
            take_number(after_space);
        } else if (c == '.' && is_name(peek(1))) {
            ++at_;
            add(Kind::Field, position, take_name(), after_space);
        } else if (c == '$') {
            ++at_;
            add(Kind::Variable, position, "$" + take_name(), after_space);
        } else if (is_name(c)) {
            add(Kind::Identifier, position, take_name(), after_space);
        } else if (follows(":=")) {
            at_ += 2;
            add(Kind::Declare, position, ":=", after_space);
        } else {
            return take_sign(after_space);
        }
        return {};
    }

    // 'a', which is a number: that of the character.
    Result<void> take_character(bool after_space) {
        const auto position = at_;
        auto quoted = promql::read_quoted(text_.substr(at_));
        if (!quoted) {
            return fault(position, "character constant: " + quoted.error().message);
        }
        const auto length = promql::character_length(quoted->value);
        if (length == 0 || length != quoted->value.size()) {
            return fault(position, "malformed character constant: " +
                                       std::string(text_.substr(position, quoted->length)));
        }
        at_ += quoted->length;
        add(Kind::Number, position, std::to_string(promql::code_point(quoted->value)), after_space);
        return {};
    }

    void take_number(bool after_space) {
        const auto position = at_;
        ++at_; // a sign or the first digit
        while (is_name(peek()) || peek() == '.' ||
               ((peek() == '+' || peek() == '-') &&
                std::string_view("eEpP").find(text_[at_ - 1]) != std::string_view::npos)) {
            ++at_;
        }
        add(Kind::Number, position, std::string(text_.substr(position, at_ - position)),
            after_space);
    }

    Result<void> take_sign(bool after_space) {
        constexpr std::string_view kSigns = "|().=,";
        constexpr Kind kKinds[] = {Kind::Pipe, Kind::LeftParen, Kind::RightParen,
                                   Kind::Dot,  Kind::Assign,    Kind::Comma};
        const char c = peek();
        const auto which = kSigns.find(c);
        if (c == '\0' || which == std::string_view::npos) {
            return fault(at_, std::string("unexpected ") +
                                  (static_cast<unsigned char>(c) < 0x21 ||
                                           static_cast<unsigned char>(c) > 0x7E
                                       ? "character"
                                       : std::string("\"") + c + "\"") +
                                  " in action");
        }
        add(kKinds[which], at_, std::string(1, c), after_space);
        ++at_;
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool trim_next_ = false;
    std::vector<TemplateToken> tokens_;
};

} // namespace

Result<std::vector<TemplateToken>> lex_template(std::string_view text) {
    if (const auto bad = promql::first_invalid_utf8(text); bad != std::string_view::npos) {
        return promql::parse_error(text, bad, "invalid UTF-8");
    }
    return Lexer(text).run();
}

} // namespace opsmon::rules

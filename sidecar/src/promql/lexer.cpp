#include "promql/lexer.hpp"

#include "promql/duration.hpp"
#include "promql/number_text.hpp"
#include "promql/position.hpp"
#include "promql/quoted.hpp"
#include "promql/utf8.hpp"

#include <cctype>
#include <optional>

namespace opsmon::promql {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_alphanumeric(char c) {
    return is_alpha(c) || is_digit(c);
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// As Go's ParseInt with base 0 and then ParseFloat: 010 is eight, 08 is eight, 0x1F is 31.
std::optional<double> to_number(std::string_view text) {
    const auto integer = parse_go_integer(text);
    return integer ? static_cast<double>(*integer) : parse_go_float(text);
}

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<Token>> run() {
        while (skip_blanks()) {
            if (auto step = braces_ ? in_braces() : outside(); !step) {
                return step.error();
            }
        }
        if (braces_) {
            return fault("unexpected end of input inside braces");
        }
        add(TokenKind::End, 0);
        return std::move(tokens_);
    }

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    [[nodiscard]] Error fault(const std::string& what) const {
        return parse_error(text_, at_, what);
    }

    void add(TokenKind kind, std::size_t length) {
        tokens_.push_back({kind, at_, std::string(text_.substr(at_, length))});
        at_ += length;
    }

    bool skip_blanks() {
        while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '#')) {
            if (text_[at_] == '#') {
                at_ = std::min(text_.find('\n', at_), text_.size());
            } else {
                ++at_;
            }
        }
        return at_ < text_.size();
    }

    Result<void> outside() {
        const char c = peek();
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            return number_or_duration();
        }
        if (c == '"' || c == '\'' || c == '`') {
            return string();
        }
        if (is_alpha(c) || (c == ':' && !brackets_)) {
            word();
            return {};
        }
        return sign();
    }

    Result<void> sign() {
        const bool twice = peek(1) == '=';
        switch (peek()) {
        case '=':
            if (peek(1) == '~') {
                return fault("unexpected character after '=': '~'");
            }
            add(twice ? TokenKind::Equal : TokenKind::Assign, twice ? 2 : 1);
            return {};
        case '!':
            if (!twice) {
                return fault("unexpected character after '!'");
            }
            add(TokenKind::NotEqual, 2);
            return {};
        case '<':
            add(twice ? TokenKind::LessEqual : TokenKind::Less, twice ? 2 : 1);
            return {};
        case '>':
            add(twice ? TokenKind::GreaterEqual : TokenKind::Greater, twice ? 2 : 1);
            return {};
        case '{':
            braces_ = true;
            add(TokenKind::LeftBrace, 1);
            return {};
        case '[':
            brackets_ = true;
            add(TokenKind::LeftBracket, 1);
            return {};
        case ']':
            brackets_ = false;
            add(TokenKind::RightBracket, 1);
            return {};
        default:
            return single();
        }
    }

    Result<void> single() {
        constexpr std::string_view kSigns = "()+-*/%^,@:";
        constexpr TokenKind kKinds[] = {
            TokenKind::LeftParen, TokenKind::RightParen, TokenKind::Add,  TokenKind::Sub,
            TokenKind::Mul,       TokenKind::Div,        TokenKind::Mod,  TokenKind::Pow,
            TokenKind::Comma,     TokenKind::At,         TokenKind::Colon};
        const auto which = kSigns.find(peek());
        if (peek() == '\0' || which == std::string_view::npos) {
            return unexpected_character("unexpected character: ");
        }
        add(kKinds[which], 1);
        return {};
    }

    Result<void> in_braces() {
        const char c = peek();
        if (is_alpha(c)) {
            std::size_t length = 1;
            while (is_alphanumeric(peek(length))) {
                ++length;
            }
            add(TokenKind::Identifier, length);
        } else if (c == '"' || c == '\'' || c == '`') {
            return string();
        } else if (c == ',') {
            add(TokenKind::Comma, 1);
        } else if (c == '=') {
            const bool regex = peek(1) == '~';
            add(regex ? TokenKind::EqualRegex : TokenKind::Assign, regex ? 2 : 1);
        } else if (c == '!' && (peek(1) == '=' || peek(1) == '~')) {
            add(peek(1) == '~' ? TokenKind::NotEqualRegex : TokenKind::NotEqual, 2);
        } else if (c == '}') {
            braces_ = false;
            add(TokenKind::RightBrace, 1);
        } else {
            return unexpected_character("unexpected character inside braces: ");
        }
        return {};
    }

    [[nodiscard]] Error unexpected_character(const std::string& what) const {
        std::size_t length = 1; // the whole UTF-8 character, not a part of it
        while ((peek(length) & 0xC0) == 0x80) {
            ++length;
        }
        return fault(what + "'" + std::string(text_.substr(at_, length)) + "'");
    }

    void word() {
        std::size_t length = 0;
        bool colon = false;
        for (; is_alphanumeric(peek(length)) || peek(length) == ':'; ++length) {
            colon = colon || peek(length) == ':';
        }
        add(colon ? TokenKind::MetricIdentifier : TokenKind::Identifier, length);
    }

    Result<void> string() {
        auto quoted = read_quoted(text_.substr(at_));
        if (!quoted) {
            return fault(quoted.error().message);
        }
        tokens_.push_back({TokenKind::String, at_, std::move(quoted->value)});
        at_ += quoted->length;
        return {};
    }

    // The length of the number at this place; whether a letter follows is the caller's question.
    [[nodiscard]] std::size_t number_length() const {
        std::size_t length = 0;
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
            for (length = 2; std::isxdigit(static_cast<unsigned char>(peek(length))) != 0;) {
                ++length;
            }
            return length;
        }
        const auto digits = [&] {
            while (is_digit(peek(length))) {
                ++length;
            }
        };
        digits();
        if (peek(length) == '.') {
            ++length;
            digits();
        }
        if (peek(length) == 'e' || peek(length) == 'E') {
            ++length;
            length += peek(length) == '+' || peek(length) == '-' ? 1 : 0;
            digits();
        }
        return length;
    }

    Result<void> number_or_duration() {
        auto length = number_length();
        if (!is_alphanumeric(peek(length))) {
            const auto number = to_number(text_.substr(at_, length));
            if (!number) {
                return fault("bad number syntax: \"" + std::string(text_.substr(at_, length)) +
                             "\"");
            }
            add(TokenKind::Number, length);
            tokens_.back().number = *number;
            return {};
        }
        while (is_alphanumeric(peek(length))) {
            ++length;
        }
        if (!parse_duration_ms(text_.substr(at_, length))) {
            return fault("bad number or duration syntax: \"" +
                         std::string(text_.substr(at_, length)) + "\"");
        }
        add(TokenKind::Duration, length);
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool braces_ = false;
    bool brackets_ = false;
    std::vector<Token> tokens_;
};

} // namespace

Result<std::vector<Token>> lex(std::string_view text) {
    if (text.size() > kMaxExpressionBytes) {
        return Error{"the expression has " + std::to_string(text.size()) + " bytes; at most " +
                     std::to_string(kMaxExpressionBytes) + " are allowed"};
    }
    if (const auto bad = first_invalid_utf8(text); bad != std::string_view::npos) {
        return parse_error(text, bad, "invalid UTF-8");
    }
    return Lexer(text).run();
}

} // namespace opsmon::promql

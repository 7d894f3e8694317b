#include "rules/template_parser.hpp"

#include "promql/position.hpp"
#include "rules/template_format.hpp"
#include "rules/template_functions.hpp"
#include "rules/template_lexer.hpp"

#include <algorithm>
#include <charconv>

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

class Parser {
public:
    Parser(std::string_view text, std::vector<Token> tokens, TemplateDialect dialect)
        : text_(text), tokens_(std::move(tokens)), dialect_(dialect), variables_{"$"} {
        if (dialect == TemplateDialect::Rule) {
            for (const auto* name : {"$labels", "$externalLabels", "$externalURL", "$value"}) {
                variables_.emplace_back(name);
            }
        }
    }

    Result<TemplateList> run() {
        auto list = nodes(0);
        if (list && peek().kind != Kind::End) {
            return fault(peek(), "unexpected {{" + peek(1).text + "}}"); // an end or else too many
        }
        return list;
    }

private:
    [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
    }
    const Token& take() { return tokens_[std::min(next_++, tokens_.size() - 1)]; }

    [[nodiscard]] Error fault(const Token& token, const std::string& what) const {
        return promql::parse_error(text_, token.position, what);
    }

    // The keyword of the action that comes next; "" where there is none.
    [[nodiscard]] std::string_view keyword() const {
        if (peek().kind != Kind::Open || peek(1).kind != Kind::Identifier) {
            return {};
        }
        return peek(1).text;
    }

    Result<void> close() {
        if (peek().kind != Kind::Close) {
            return fault(peek(), "unexpected " + describe(peek()) + " in action");
        }
        take();
        return {};
    }

    // Text and actions up to an {{else}} or {{end}}, which is left for the caller.
    Result<TemplateList> nodes(int depth) {
        if (depth > kMaxTemplateNesting) {
            return fault(peek(),
                         "nested deeper than " + std::to_string(kMaxTemplateNesting) + " levels");
        }
        TemplateList out;
        while (peek().kind != Kind::End && keyword() != "else" && keyword() != "end") {
            if (peek().kind == Kind::Text) {
                out.push_back({TemplateText{take().text}});
                continue;
            }
            auto one = action(depth);
            if (!one) {
                return one.error();
            }
            out.push_back(std::move(*one));
        }
        return out;
    }

    Result<TemplateNode> action(int depth) {
        const auto open = take();
        const auto word = peek().kind == Kind::Identifier ? peek().text : std::string();
        if (word == "if" || word == "with" || word == "range") {
            take();
            return branch(word, open, depth);
        }
        for (const auto* missing : {"template", "define", "block", "break", "continue"}) {
            if (word == missing) {
                return fault(peek(), "{{" + word + "}} is not supported in this version");
            }
        }
        auto pipe = pipeline(false, depth);
        if (!pipe) {
            return pipe.error();
        }
        if (auto end = close(); !end) {
            return end.error();
        }
        return TemplateNode{TemplateAction{std::move(*pipe)}};
    }

    // Behind the keyword. Variables declared inside end with the branch.
    Result<TemplateNode> branch(const std::string& word, const Token& open, int depth) {
        TemplateBranch out;
        out.kind = word == "if"     ? TemplateBranch::Kind::If
                   : word == "with" ? TemplateBranch::Kind::With
                                    : TemplateBranch::Kind::Range;
        const auto scope = variables_.size();
        auto pipe = pipeline(out.kind == TemplateBranch::Kind::Range, depth);
        if (!pipe) {
            return pipe.error();
        }
        out.pipeline = std::move(*pipe);
        if (auto end = close(); !end) {
            return end.error();
        }
        auto then = nodes(depth + 1);
        if (!then) {
            return then.error();
        }
        out.then = std::move(*then);
        if (auto rest = rest_of_branch(word, open, depth); !rest) {
            return rest.error();
        } else {
            out.otherwise = std::move(*rest);
        }
        variables_.resize(scope);
        return TemplateNode{std::move(out)};
    }

    // {{else if …}}… or {{else}}…{{end}} or {{end}}
    Result<TemplateList> rest_of_branch(const std::string& word, const Token& open, int depth) {
        TemplateList otherwise;
        if (keyword() == "else") {
            take();
            take();
            if (peek().kind == Kind::Identifier && peek().text == "if" && word == "if") {
                take();
                auto nested = branch("if", open, depth + 1); // it takes the {{end}} of both
                if (!nested) {
                    return nested.error();
                }
                otherwise.push_back(std::move(*nested));
                return otherwise;
            }
            if (auto end = close(); !end) {
                return end.error();
            }
            auto list = nodes(depth + 1);
            if (!list) {
                return list;
            }
            otherwise = std::move(*list);
        }
        if (keyword() != "end") {
            return peek().kind == Kind::End
                       ? fault(open, "{{" + word + "}} without its {{end}}")
                       : fault(peek(), "unexpected {{" + std::string(keyword()) + "}}");
        }
        take();
        take();
        if (auto end = close(); !end) {
            return end.error();
        }
        return otherwise;
    }

    [[nodiscard]] bool declaration_follows(std::size_t ahead) const {
        return peek(ahead).kind == Kind::Declare || peek(ahead).kind == Kind::Assign;
    }

    // $x := , $x = and, in a range, $i, $x :=
    Result<void> declaration(TemplatePipeline& out, bool in_range) {
        if (peek().kind != Kind::Variable) {
            return {};
        }
        if (in_range && peek(1).kind == Kind::Comma && peek(2).kind == Kind::Variable &&
            declaration_follows(3)) {
            out.variables = {peek().text, peek(2).text};
            next_ += 2;
        } else if (declaration_follows(1)) {
            out.variables = {peek().text};
        } else {
            return {};
        }
        out.declares = peek(1).kind == Kind::Declare;
        for (const auto& name : out.variables) {
            if (!out.declares && !is_declared(name)) {
                return fault(peek(), "undefined variable \"" + name + "\"");
            }
        }
        next_ += 2;
        return {};
    }

    [[nodiscard]] bool is_declared(const std::string& name) const {
        return std::find(variables_.begin(), variables_.end(), name) != variables_.end();
    }

    Result<TemplatePipeline> pipeline(bool in_range, int depth) {
        TemplatePipeline out;
        out.position = peek().position;
        if (auto declared = declaration(out, in_range); !declared) {
            return declared.error();
        }
        while (true) {
            auto one = command(depth, out.commands.empty());
            if (!one) {
                return one.error();
            }
            out.commands.push_back(std::move(*one));
            if (auto format = check_format(out); !format) {
                return format.error();
            }
            if (peek().kind != Kind::Pipe) {
                break;
            }
            take();
        }
        if (out.declares) {
            // Known from here on, and not in its own value.
            variables_.insert(variables_.end(), out.variables.begin(), out.variables.end());
        }
        return out;
    }

    Result<TemplateCommand> command(int depth, bool first) {
        TemplateCommand out;
        while (peek().kind != Kind::Pipe && peek().kind != Kind::Close &&
               peek().kind != Kind::RightParen) {
            if (!out.operands.empty() && !peek().after_space) {
                return fault(peek(), "unexpected " + describe(peek()) + " in operand");
            }
            auto one = operand(depth);
            if (!one) {
                return one.error();
            }
            out.operands.push_back(std::move(*one));
        }
        if (out.operands.empty()) {
            return fault(peek(), first ? "missing value for command" : "missing command after |");
        }
        const auto& head = out.operands.front();
        if (!first && (head.kind == TemplateOperand::Kind::Literal ||
                       (head.kind == TemplateOperand::Kind::Dot && head.fields.empty()))) {
            return promql::parse_error(text_, head.position, "non executable command in pipeline");
        }
        if (head.kind == TemplateOperand::Kind::Literal && head.literal.is_nil()) {
            return promql::parse_error(text_, head.position, "nil is not a command");
        }
        return out;
    }

    // Only a format that stands in the template can be looked at here.
    Result<void> check_format(const TemplatePipeline& pipe) const {
        const TemplateCommand& last = pipe.commands.back();
        const auto* function = last.operands.front().function;
        if (function == nullptr || function->name != "printf") {
            return {};
        }
        const TemplateOperand* operand = last.operands.size() > 1 ? &last.operands[1] : nullptr;
        if (operand == nullptr && pipe.commands.size() > 1) {
            operand = &pipe.commands[pipe.commands.size() - 2].operands.front(); // "…" | printf
        }
        const auto* format = operand == nullptr ? nullptr : operand->literal.get<std::string>();
        if (format == nullptr) {
            return {};
        }
        if (const auto what = unsupported_directive(*format); !what.empty()) {
            return promql::parse_error(text_, operand->position,
                                       "printf: \"" + what + "\" is not supported in this version");
        }
        return {};
    }

    Result<TemplateOperand> operand(int depth) {
        const auto token = take();
        TemplateOperand out;
        out.position = token.position;
        switch (token.kind) {
        case Kind::Dot:
            return out; // .name would have been a field
        case Kind::Field:
            out.fields.push_back(token.text);
            break;
        case Kind::Variable:
            if (!is_declared(token.text)) {
                return fault(token, "undefined variable \"" + token.text + "\"");
            }
            out.kind = TemplateOperand::Kind::Variable;
            out.variable = token.text;
            break;
        case Kind::String:
            out.kind = TemplateOperand::Kind::Literal;
            out.literal = token.text;
            return out;
        case Kind::Number:
            return number(token);
        case Kind::Identifier:
            return word(token);
        case Kind::LeftParen:
            if (auto inner = parenthesis(token, depth); !inner) {
                return inner.error();
            } else {
                out.kind = TemplateOperand::Kind::Pipeline;
                out.pipeline = std::make_shared<const TemplatePipeline>(std::move(*inner));
            }
            break;
        default:
            return fault(token, "unexpected " + describe(token) + " in action");
        }
        while (peek().kind == Kind::Field && !peek().after_space) {
            out.fields.push_back(take().text);
        }
        return out;
    }

    Result<TemplatePipeline> parenthesis(const Token& open, int depth) {
        if (depth >= kMaxTemplateNesting) {
            return fault(open,
                         "nested deeper than " + std::to_string(kMaxTemplateNesting) + " levels");
        }
        auto inner = pipeline(false, depth + 1);
        if (!inner) {
            return inner;
        }
        if (peek().kind != Kind::RightParen) {
            return fault(open, "unclosed left parenthesis");
        }
        take();
        return inner;
    }

    Result<TemplateOperand> number(const Token& token) {
        TemplateOperand out;
        out.position = token.position;
        out.kind = TemplateOperand::Kind::Literal;
        const auto* begin = token.text.data() + (token.text[0] == '+' ? 1 : 0);
        const auto* end = token.text.data() + token.text.size();
        const auto digits = std::string_view(begin, end).substr(*begin == '-' ? 1 : 0);
        if (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') {
            return fault(token, "\"" + token.text + "\": octal and hexadecimal numbers are not " +
                                    "supported in this version");
        }
        std::int64_t integer = 0;
        if (const auto [at, bad] = std::from_chars(begin, end, integer);
            bad == std::errc() && at == end) {
            out.literal = integer;
            return out;
        }
        double real = 0;
        if (const auto [at, bad] = std::from_chars(begin, end, real);
            bad != std::errc() || at != end) {
            return fault(token, "bad number syntax: \"" + token.text + "\"");
        }
        out.literal = real;
        return out;
    }

    Result<TemplateOperand> word(const Token& token) {
        TemplateOperand out;
        out.position = token.position;
        out.kind = TemplateOperand::Kind::Literal;
        if (token.text == "true" || token.text == "false") {
            out.literal = token.text == "true";
            return out;
        }
        if (token.text == "nil") {
            return out;
        }
        out.kind = TemplateOperand::Kind::Function;
        out.function = find_template_function(token.text, dialect_);
        if (out.function == nullptr && is_refused_template_function(token.text)) {
            return fault(token, "function \"" + token.text + "\" is not supported in this version");
        }
        if (out.function == nullptr) {
            const bool elsewhere =
                find_template_function(token.text, TemplateDialect::Rule) != nullptr ||
                find_template_function(token.text, TemplateDialect::Notification) != nullptr;
            return fault(token, "function \"" + token.text + "\" is not defined " +
                                    (!elsewhere                          ? "in this version"
                                     : dialect_ == TemplateDialect::Rule ? "in rule files"
                                                                         : "in notifications"));
        }
        return out;
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    TemplateDialect dialect_;
    std::vector<std::string> variables_; // in scope, the innermost last
    std::size_t next_ = 0;
};

} // namespace

Result<TemplateList> parse_template(std::string_view text, TemplateDialect dialect) {
    auto tokens = lex_template(text);
    if (!tokens) {
        return tokens.error();
    }
    return Parser(text, std::move(*tokens), dialect).run();
}

} // namespace opsmon::rules

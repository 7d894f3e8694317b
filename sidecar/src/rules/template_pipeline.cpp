#include "rules/template_pipeline.hpp"

#include "promql/number_text.hpp"
#include "rules/template_format.hpp"
#include "rules/template_functions.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

using Token = TemplateToken;
using Kind = TemplateTokenKind;

} // namespace

TemplatePipelineParser::TemplatePipelineParser(TemplateReader& reader, TemplateDialect dialect)
    : reader_(reader), dialect_(dialect) {
    if (dialect == TemplateDialect::Rule) {
        for (const auto* name : {"$labels", "$externalLabels", "$externalURL", "$value"}) {
            variables_.emplace_back(name);
        }
    }
}

bool TemplatePipelineParser::declaration_follows(std::size_t ahead) const {
    return reader_.peek(ahead).kind == Kind::Declare || reader_.peek(ahead).kind == Kind::Assign;
}

// $x := , $x = and, in a range, $i, $x :=
Result<void> TemplatePipelineParser::declaration(TemplatePipeline& out, bool in_range) {
    if (!reader_.next_is(Kind::Variable)) {
        return {};
    }
    if (in_range && reader_.peek(1).kind == Kind::Comma && reader_.peek(2).kind == Kind::Variable &&
        declaration_follows(3)) {
        out.variables = {reader_.peek().text, reader_.peek(2).text};
        reader_.take();
        reader_.take();
    } else if (declaration_follows(1)) {
        out.variables = {reader_.peek().text};
    } else {
        return {};
    }
    out.declares = reader_.peek(1).kind == Kind::Declare;
    reader_.take();
    reader_.take();
    return {};
}

bool TemplatePipelineParser::is_declared(const std::string& name) const {
    return std::find(variables_.begin(), variables_.end(), name) != variables_.end();
}

Result<TemplatePipeline> TemplatePipelineParser::pipeline(bool in_range, int depth) {
    TemplatePipeline out;
    out.position = reader_.peek().position;
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
        if (!reader_.next_is(Kind::Pipe)) {
            break;
        }
        reader_.take();
    }
    // Known from here on, and not in its own value; as in Go, even by an assignment.
    variables_.insert(variables_.end(), out.variables.begin(), out.variables.end());
    return out;
}

Result<TemplateCommand> TemplatePipelineParser::command(int depth, bool first) {
    TemplateCommand out;
    while (!reader_.next_is(Kind::Pipe) && !reader_.next_is(Kind::Close) &&
           !reader_.next_is(Kind::RightParen)) {
        if (!out.operands.empty() && !reader_.peek().after_space) {
            return reader_.unexpected(reader_.peek(), "operand");
        }
        auto one = operand(depth);
        if (!one) {
            return one.error();
        }
        out.operands.push_back(std::move(*one));
    }
    if (out.operands.empty()) {
        return reader_.fault(reader_.peek(),
                             first ? "missing value for command" : "missing command after |");
    }
    const auto& head = out.operands.front();
    if (!first && (head.kind == TemplateOperand::Kind::Literal ||
                   (head.kind == TemplateOperand::Kind::Dot && head.fields.empty()))) {
        return reader_.fault(head.position, "non executable command in pipeline");
    }
    return out;
}

// Only a format that stands in the template can be looked at here.
Result<void> TemplatePipelineParser::check_format(const TemplatePipeline& pipe) const {
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
        return reader_.fault(operand->position,
                             "printf: \"" + what + "\" is not supported in this version");
    }
    return {};
}

Result<TemplateOperand> TemplatePipelineParser::operand(int depth) {
    const auto token = reader_.take();
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
            return reader_.fault(token, "undefined variable \"" + token.text + "\"");
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
        return reader_.unexpected(token, "action");
    }
    while (reader_.next_is(Kind::Field) && !reader_.peek().after_space) {
        out.fields.push_back(reader_.take().text);
    }
    return out;
}

Result<TemplatePipeline> TemplatePipelineParser::parenthesis(const Token& open, int depth) {
    if (depth >= kMaxTemplateNesting) {
        return reader_.fault(open, "nested deeper than " + std::to_string(kMaxTemplateNesting) +
                                       " levels");
    }
    auto inner = pipeline(false, depth + 1);
    if (!inner) {
        return inner;
    }
    if (!reader_.next_is(Kind::RightParen)) {
        return reader_.fault(open, "unclosed left parenthesis");
    }
    reader_.take();
    return inner;
}

Result<TemplateOperand> TemplatePipelineParser::number(const Token& token) const {
    TemplateOperand out;
    out.position = token.position;
    out.kind = TemplateOperand::Kind::Literal;
    if (const auto integer = promql::parse_go_integer(token.text)) {
        out.literal = *integer;
        return out;
    }
    // Of what is no whole number Go takes only what could not be one.
    const bool fraction = token.text.find_first_of(".eEpP") != std::string::npos;
    const auto real = fraction ? promql::parse_go_float(token.text) : std::nullopt;
    if (!real) {
        return reader_.fault(token, "bad number syntax: \"" + token.text + "\"");
    }
    out.literal = *real;
    return out;
}

Result<TemplateOperand> TemplatePipelineParser::word(const Token& token) const {
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
    if (out.function == nullptr) {
        const bool elsewhere =
            find_template_function(token.text, TemplateDialect::Rule) != nullptr ||
            find_template_function(token.text, TemplateDialect::Notification) != nullptr;
        return reader_.fault(token, "function \"" + token.text + "\" is not defined " +
                                        (!elsewhere                          ? "in this version"
                                         : dialect_ == TemplateDialect::Rule ? "in rule files"
                                                                             : "in notifications"));
    }
    return out;
}

} // namespace opsmon::rules

#include "rules/template_parser.hpp"

#include "rules/template_pipeline.hpp"
#include "rules/template_reader.hpp"

#include <utility>

namespace opsmon::rules {
namespace {

using Token = TemplateToken;
using Kind = TemplateTokenKind;

class Parser {
public:
    Parser(TemplateReader& reader, TemplateDialect dialect)
        : reader_(reader), pipelines_(reader, dialect) {}

    Result<ParsedTemplate> run() {
        auto list = nodes(0);
        if (!list) {
            return list.error();
        }
        if (!reader_.next_is(Kind::End)) {
            return reader_.fault(reader_.peek(), "unexpected {{" + reader_.peek(1).text +
                                                     "}}"); // an end or else too many
        }
        return ParsedTemplate{std::move(*list), std::move(definitions_)};
    }

private:
    // The keyword of the action that comes next; "" where there is none.
    [[nodiscard]] std::string_view keyword() const {
        if (!reader_.next_is(Kind::Open) || reader_.peek(1).kind != Kind::Identifier) {
            return {};
        }
        return reader_.peek(1).text;
    }

    // Text and actions up to an {{else}} or {{end}}, which is left for the caller.
    Result<TemplateList> nodes(int depth) {
        if (depth > kMaxTemplateNesting) {
            return reader_.fault(reader_.peek(), "nested deeper than " +
                                                     std::to_string(kMaxTemplateNesting) +
                                                     " levels");
        }
        TemplateList out;
        while (!reader_.next_is(Kind::End) && keyword() != "else" && keyword() != "end") {
            if (reader_.next_is(Kind::Text)) {
                out.push_back({TemplateText{reader_.take().text}});
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
        const auto open = reader_.take();
        const auto word = reader_.next_is(Kind::Identifier) ? reader_.peek().text : std::string();
        if (word == "if" || word == "with" || word == "range") {
            reader_.take();
            return branch(word, open, depth);
        }
        if (word == "template") {
            return call(depth);
        }
        if (word == "define" || word == "block") {
            return define(word, open, depth);
        }
        if (word == "break" || word == "continue") {
            return jump(word);
        }
        auto pipe = pipelines_.pipeline(false, depth);
        if (!pipe) {
            return pipe.error();
        }
        if (auto end = reader_.close(); !end) {
            return end.error();
        }
        return TemplateNode{TemplateAction{std::move(*pipe)}};
    }

    // {{break}} or {{continue}}, from the keyword on.
    Result<TemplateNode> jump(const std::string& word) {
        const auto token = reader_.take();
        if (ranges_ == 0) {
            return reader_.fault(token, "{{" + word + "}} outside {{range}}");
        }
        if (!reader_.next_is(Kind::Close)) {
            return reader_.unexpected(reader_.peek(), "{{" + word + "}}");
        }
        reader_.take();
        return TemplateNode{TemplateJump{word == "break"}};
    }

    Result<std::string> name_of_template() {
        const auto word = reader_.take(); // the keyword
        if (!reader_.next_is(Kind::String)) {
            return reader_.fault(reader_.peek(), "{{" + word.text + "}} needs a name in quotes");
        }
        return reader_.take().text;
    }

    // {{template "name" pipeline}}, from the keyword on.
    Result<TemplateNode> call(int depth) {
        TemplateCall out;
        out.position = reader_.peek().position;
        auto name = name_of_template();
        if (!name) {
            return name.error();
        }
        out.name = std::move(*name);
        if (!reader_.next_is(Kind::Close)) {
            auto pipe = pipelines_.pipeline(false, depth);
            if (!pipe) {
                return pipe.error();
            }
            out.pipeline = std::move(*pipe);
        }
        if (auto end = reader_.close(); !end) {
            return end.error();
        }
        return TemplateNode{std::move(out)};
    }

    // {{define "name"}}…{{end}}, which leaves nothing behind, and {{block "name"
    // pipeline}}…{{end}}, which is a definition and its call in one.
    Result<TemplateNode> define(const std::string& word, const Token& open, int depth) {
        if (word == "define" && depth > 0) {
            return reader_.fault(open, "{{define}} must not stand inside of another action");
        }
        TemplateNode out{TemplateText{}};
        std::string defined;
        if (word == "block") {
            auto one = call(depth);
            if (!one) {
                return one;
            }
            out = std::move(*one);
            defined = std::get<TemplateCall>(out.content).name;
        } else {
            auto name = name_of_template();
            if (auto end = reader_.close(); !name || !end) {
                return !name ? name.error() : end.error();
            }
            defined = std::move(*name);
        }
        const auto outside = std::exchange(pipelines_.variables(), {"$"});
        const auto ranges = std::exchange(ranges_, 0);
        auto body = nodes(depth + 1);
        ranges_ = ranges;
        pipelines_.variables() = outside;
        if (!body) {
            return body.error();
        }
        if (keyword() != "end") {
            return reader_.fault(open, "{{" + word + "}} without its {{end}}");
        }
        reader_.take();
        reader_.take();
        if (auto end = reader_.close(); !end) {
            return end.error();
        }
        for (const auto& [name, nodes] : definitions_) {
            if (name == defined && !is_blank(nodes) && !is_blank(*body)) {
                return reader_.fault(open, "multiple definition of template \"" + name + "\"");
            }
        }
        definitions_.emplace_back(std::move(defined), std::move(*body));
        return out;
    }

    // Behind the keyword. Variables declared inside end with the branch.
    Result<TemplateNode> branch(const std::string& word, const Token& open, int depth) {
        TemplateBranch out;
        out.kind = word == "if"     ? TemplateBranch::Kind::If
                   : word == "with" ? TemplateBranch::Kind::With
                                    : TemplateBranch::Kind::Range;
        const auto scope = pipelines_.variables().size();
        auto pipe = pipelines_.pipeline(out.kind == TemplateBranch::Kind::Range, depth);
        if (!pipe) {
            return pipe.error();
        }
        out.pipeline = std::move(*pipe);
        if (auto end = reader_.close(); !end) {
            return end.error();
        }
        ranges_ += out.kind == TemplateBranch::Kind::Range ? 1 : 0;
        auto then = nodes(depth + 1);
        ranges_ -= out.kind == TemplateBranch::Kind::Range ? 1 : 0;
        if (!then) {
            return then.error();
        }
        out.then = std::move(*then);
        if (auto rest = rest_of_branch(word, open, depth); !rest) {
            return rest.error();
        } else {
            out.otherwise = std::move(*rest);
        }
        pipelines_.variables().resize(scope);
        return TemplateNode{std::move(out)};
    }

    // {{else if …}}… or {{else}}…{{end}} or {{end}}
    Result<TemplateList> rest_of_branch(const std::string& word, const Token& open, int depth) {
        TemplateList otherwise;
        if (keyword() == "else") {
            reader_.take();
            reader_.take();
            if (reader_.next_is(Kind::Identifier) && reader_.peek().text == "if" && word == "if") {
                reader_.take();
                auto nested = branch("if", open, depth + 1); // it takes the {{end}} of both
                if (!nested) {
                    return nested.error();
                }
                otherwise.push_back(std::move(*nested));
                return otherwise;
            }
            if (auto end = reader_.close(); !end) {
                return end.error();
            }
            auto list = nodes(depth + 1);
            if (!list) {
                return list;
            }
            otherwise = std::move(*list);
        }
        if (keyword() != "end") {
            return reader_.next_is(Kind::End)
                       ? reader_.fault(open, "{{" + word + "}} without its {{end}}")
                       : reader_.fault(reader_.peek(),
                                       "unexpected {{" + std::string(keyword()) + "}}");
        }
        reader_.take();
        reader_.take();
        if (auto end = reader_.close(); !end) {
            return end.error();
        }
        return otherwise;
    }

    TemplateReader& reader_;
    TemplatePipelineParser pipelines_;
    int ranges_ = 0; // around this place
    std::vector<std::pair<std::string, TemplateList>> definitions_;
};

} // namespace

Result<ParsedTemplate> parse_template(std::string_view text, TemplateDialect dialect) {
    auto tokens = lex_template(text);
    if (!tokens) {
        return tokens.error();
    }
    TemplateReader reader(text, std::move(*tokens));
    return Parser(reader, dialect).run();
}

const TemplateCall* find_unknown_call(const TemplateList& nodes, const TemplateDefinitions& known) {
    for (const auto& node : nodes) {
        if (const auto* call = std::get_if<TemplateCall>(&node.content)) {
            if (!known.contains(call->name)) {
                return call;
            }
        } else if (const auto* branch = std::get_if<TemplateBranch>(&node.content)) {
            for (const auto* list : {&branch->then, &branch->otherwise}) {
                if (const auto* found = find_unknown_call(*list, known)) {
                    return found;
                }
            }
        }
    }
    return nullptr;
}

} // namespace opsmon::rules

#pragma once
// This component provides the tree of a parsed template. The parser builds it, the evaluator walks
// it; names of functions and variables are already checked. Copies of a rule share it.

#include "rules/template_value.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace opsmon::rules {

struct TemplateFunction;
struct TemplatePipeline;

// One operand: where it starts from, and the fields followed from there.
struct TemplateOperand {
    enum class Kind { Dot, Literal, Variable, Function, Pipeline };
    Kind kind = Kind::Dot;
    std::size_t position = 0;
    TemplateValue literal;
    std::string variable; // with its $; "$" is the data the template was given
    const TemplateFunction* function = nullptr;
    std::shared_ptr<const TemplatePipeline> pipeline; // in parentheses
    std::vector<std::string> fields;
};

// operand arguments…; the first is called with the rest, and with what the pipe brings.
struct TemplateCommand {
    std::vector<TemplateOperand> operands;
};

struct TemplatePipeline {
    std::size_t position = 0;
    std::vector<std::string> variables; // $x := or, in a range, $i, $x :=
    bool declares = false;              // := and not =
    std::vector<TemplateCommand> commands;
};

struct TemplateNode;
using TemplateList = std::vector<TemplateNode>;

struct TemplateText {
    std::string text;
};

struct TemplateAction {
    TemplatePipeline pipeline;
};

struct TemplateBranch {
    enum class Kind { If, With, Range };
    Kind kind = Kind::If;
    TemplatePipeline pipeline;
    TemplateList then;
    TemplateList otherwise;
};

// {{template "name" pipeline}}; without a pipeline the dot is nothing.
struct TemplateCall {
    std::string name;
    std::size_t position = 0;
    std::optional<TemplatePipeline> pipeline;
};

// {{break}} and {{continue}}, always inside of a range
struct TemplateJump {
    bool ends_loop = false;
};

struct TemplateNode {
    std::variant<TemplateText, TemplateAction, TemplateBranch, TemplateCall, TemplateJump> content;
};

// What {{define "name"}} holds. Positions in it are those of the text that defines it.
struct TemplateDefinition {
    std::shared_ptr<const std::string> text;
    TemplateList nodes;
};
// Nothing but white space: such a definition never takes the place of another one.
bool is_blank(const TemplateList& nodes);
using TemplateDefinitions = std::map<std::string, std::shared_ptr<const TemplateDefinition>>;

} // namespace opsmon::rules

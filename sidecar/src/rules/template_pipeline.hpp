#pragma once
// This component parses the pipelines of a template, what stands in an action besides keywords:
// operands, calls, declarations. It knows which variables and functions there are; the parser of
// statements says where a scope begins and ends.

#include "rules/template.hpp"
#include "rules/template_reader.hpp"

namespace opsmon::rules {

class TemplatePipelineParser {
public:
    TemplatePipelineParser(TemplateReader& reader, TemplateDialect dialect);

    // Two variables can be declared in a range only. `depth` is that of the statements around.
    Result<TemplatePipeline> pipeline(bool in_range, int depth);

    // The variables that are declared, the innermost last.
    std::vector<std::string>& variables() { return variables_; }

private:
    [[nodiscard]] bool declaration_follows(std::size_t ahead) const;
    Result<void> declaration(TemplatePipeline& out, bool in_range);
    [[nodiscard]] bool is_declared(const std::string& name) const;
    Result<TemplateCommand> command(int depth, bool first);
    Result<void> check_format(const TemplatePipeline& pipe) const;
    Result<TemplateOperand> operand(int depth);
    Result<TemplatePipeline> parenthesis(const TemplateToken& open, int depth);
    Result<TemplateOperand> number(const TemplateToken& token) const;
    Result<TemplateOperand> word(const TemplateToken& token) const;

    TemplateReader& reader_;
    TemplateDialect dialect_;
    std::vector<std::string> variables_{"$"};
};

} // namespace opsmon::rules

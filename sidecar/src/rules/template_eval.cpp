#include "rules/template_eval.hpp"

#include "promql/position.hpp"
#include "rules/template_fields.hpp"
#include "rules/template_functions.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::rules {
namespace {

using Value = TemplateValue;

class Evaluator {
public:
    Evaluator(std::string_view text, const TemplateDefinitions& definitions,
              const TemplateContext& context)
        : text_(text), definitions_(definitions), context_(context) {
        variables_.emplace_back("$", context.data);
        variables_.insert(variables_.end(), context.variables.begin(), context.variables.end());
    }

    Result<std::string> run(const TemplateList& nodes) {
        if (auto done = walk(nodes, context_.data); !done && !full_) {
            return done.error();
        }
        return std::move(out_);
    }

private:
    enum class Jump { None, Break, Continue }; // to the end of the range around

    [[nodiscard]] Error fault(std::size_t position, const std::string& what) const {
        return Error{promql::line_and_column(text_, position) + ": " + what};
    }

    Result<void> step(std::size_t position) {
        full_ = full_ || (context_.cut_output && steps_ == kMaxTemplateSteps);
        return ++steps_ <= kMaxTemplateSteps
                   ? Result<void>()
                   : fault(position, "more than " + std::to_string(kMaxTemplateSteps) + " steps");
    }

    Result<void> write(std::string_view text) {
        if (out_.size() + text.size() > kMaxTemplateOutputBytes) {
            full_ = context_.cut_output;
            out_ += full_ ? text.substr(0, kMaxTemplateOutputBytes - out_.size()) : "";
            return Error{"the text is longer than " + std::to_string(kMaxTemplateOutputBytes) +
                         " bytes"};
        }
        out_ += text;
        return {};
    }

    Result<void> walk(const TemplateList& nodes, const Value& dot) {
        for (const auto& node : nodes) {
            auto done = std::visit([&](const auto& content) { return walk_node(content, dot); },
                                   node.content);
            if (!done || jump_ != Jump::None) {
                return done;
            }
        }
        return {};
    }

    Result<void> walk_node(const TemplateJump& jump, const Value&) {
        jump_ = jump.ends_loop ? Jump::Break : Jump::Continue;
        return {};
    }

    Result<void> walk_node(const TemplateText& text, const Value&) { return write(text.text); }

    Result<void> walk_node(const TemplateAction& action, const Value& dot) {
        auto value = pipeline(action.pipeline, dot);
        if (!value) {
            return value.error();
        }
        if (!action.pipeline.variables.empty()) {
            return bind(action.pipeline, 0, std::move(*value));
        }
        return write(value->is_nil() ? "<no value>" : value->to_string());
    }

    Result<void> walk_node(const TemplateCall& call, const Value& dot) {
        Result<Value> data = Value();
        if (call.pipeline) {
            data = pipeline(*call.pipeline, dot);
        }
        const auto found = definitions_.find(call.name);
        if (!data || found == definitions_.end()) {
            return data ? fault(call.position, "template \"" + call.name + "\" is not defined")
                        : data.error();
        }
        if (++calls_ > kMaxTemplateNesting) {
            return fault(call.position, "templates call each other more than " +
                                            std::to_string(kMaxTemplateNesting) + " deep");
        }
        if (auto more = step(call.position); !more) {
            return more;
        }
        const auto outer_text = std::exchange(text_, *found->second->text);
        auto outer = std::move(variables_);
        variables_.clear();
        variables_.emplace_back("$", *data);
        auto done = walk(found->second->nodes, *data);
        variables_ = std::move(outer);
        text_ = outer_text;
        --calls_;
        return done;
    }

    Result<void> walk_node(const TemplateBranch& branch, const Value& dot) {
        const auto scope = variables_.size();
        auto done =
            branch.kind == TemplateBranch::Kind::Range ? range(branch, dot) : choose(branch, dot);
        variables_.resize(scope);
        return done;
    }

    Result<void> choose(const TemplateBranch& branch, const Value& dot) {
        auto value = pipeline(branch.pipeline, dot);
        if (!value) {
            return value.error();
        }
        if (!branch.pipeline.variables.empty()) {
            if (auto bound = bind(branch.pipeline, 0, *value); !bound) {
                return bound;
            }
        }
        if (!value->truth()) {
            return walk(branch.otherwise, dot);
        }
        return walk(branch.then, branch.kind == TemplateBranch::Kind::With ? *value : dot);
    }

    Result<void> range(const TemplateBranch& branch, const Value& dot) {
        auto value = pipeline(branch.pipeline, dot);
        if (!value) {
            return value.error();
        }
        if (value->is_nil()) {
            return walk(branch.otherwise, dot);
        }
        const auto* parts = value->composite();
        if (parts == nullptr || parts->kind == TemplateComposite::Kind::Record) {
            return fault(branch.pipeline.position,
                         std::string("range can't iterate over ") + value->type_name());
        }
        if (!value->truth()) {
            return walk(branch.otherwise, dot);
        }
        std::vector<std::pair<Value, Value>> items;
        for (std::size_t i = 0; i < parts->items.size(); ++i) {
            items.emplace_back(static_cast<std::int64_t>(i), parts->items[i]);
        }
        if (parts->kind == TemplateComposite::Kind::Map) {
            items.assign(parts->fields.begin(), parts->fields.end());
        }
        for (const auto& [key, item] : items) {
            auto done = once(branch, key, item);
            if (const auto jump = std::exchange(jump_, Jump::None); !done || jump == Jump::Break) {
                return done;
            }
        }
        return {};
    }

    Result<void> once(const TemplateBranch& branch, const Value& key, const Value& item) {
        if (auto more = step(branch.pipeline.position); !more) {
            return more;
        }
        const auto scope = variables_.size();
        const auto& names = branch.pipeline.variables;
        if (names.size() == 2) {
            if (auto bound = bind(branch.pipeline, 0, key); !bound) {
                return bound;
            }
        }
        if (!names.empty()) {
            if (auto bound = bind(branch.pipeline, names.size() - 1, item); !bound) {
                return bound;
            }
        }
        auto done = walk(branch.then, item);
        variables_.resize(scope);
        return done;
    }

    Value* find_variable(const std::string& name) {
        const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                        [&](const auto& known) { return known.first == name; });
        return found == variables_.rend() ? nullptr : &found->second;
    }

    Result<void> bind(const TemplatePipeline& pipe, std::size_t which, Value value) {
        const auto& name = pipe.variables[which];
        if (pipe.declares) {
            variables_.emplace_back(name, std::move(value));
            return {};
        }
        auto* known = find_variable(name);
        if (known == nullptr) {
            return fault(pipe.position, "undefined variable: " + name);
        }
        *known = std::move(value);
        return {};
    }

    Result<Value> pipeline(const TemplatePipeline& pipe, const Value& dot) {
        Result<Value> value = Value();
        bool first = true;
        for (const auto& command : pipe.commands) {
            value = run_command(command, dot, first ? nullptr : &*value);
            if (!value) {
                return value;
            }
            first = false;
        }
        return value;
    }

    // `piped` is the value of the command before, and comes as the last argument.
    Result<Value> run_command(const TemplateCommand& command, const Value& dot,
                              const Value* piped) {
        const auto& head = command.operands.front();
        if (auto more = step(head.position); !more) {
            return more.error();
        }
        if (head.kind == TemplateOperand::Kind::Literal && head.literal.is_nil()) {
            return fault(head.position, "nil is not a command");
        }
        if (head.kind == TemplateOperand::Kind::Function) {
            return call(command, dot, piped);
        }
        if (!head.fields.empty()) {
            return method(command, dot, piped);
        }
        if (command.operands.size() > 1 || piped != nullptr) {
            return fault(head.position, "can't give argument to non-function");
        }
        return operand(head, dot);
    }

    Result<Value> call(const TemplateCommand& command, const Value& dot, const Value* piped) {
        const auto& head = command.operands.front();
        const auto& function = *head.function;
        std::vector<Value> args;
        const auto count = command.operands.size() - 1 + (piped != nullptr ? 1 : 0);
        if (count < function.args_min || count > function.args_max) {
            return fault(head.position, "wrong number of args for " + std::string(function.name) +
                                            ": got " + std::to_string(count));
        }
        for (std::size_t i = 1; i < command.operands.size(); ++i) {
            auto arg = operand(command.operands[i], dot);
            if (!arg) {
                return arg;
            }
            if (function.decides_early && arg->truth() == (function.name == "or")) {
                return arg;
            }
            args.push_back(std::move(*arg));
        }
        if (piped != nullptr) {
            args.push_back(*piped);
        }
        auto value = function.run(context_, args);
        const auto* text = value ? value->get<std::string>() : nullptr;
        if (text != nullptr && text->size() > kMaxTemplateOutputBytes) {
            return fault(head.position, std::string(function.name) + " makes a text of more than " +
                                            std::to_string(kMaxTemplateOutputBytes) + " bytes");
        }
        return value ? value
                     : fault(head.position, "error calling " + std::string(function.name) + ": " +
                                                value.error().message);
    }

    Result<Value> operand(const TemplateOperand& what, const Value& dot) {
        Result<Value> value = Value();
        switch (what.kind) {
        case TemplateOperand::Kind::Dot:
            value = dot;
            break;
        case TemplateOperand::Kind::Literal:
            value = what.literal;
            break;
        case TemplateOperand::Kind::Variable:
            if (const auto* known = find_variable(what.variable)) {
                value = *known;
            } else {
                return fault(what.position, "undefined variable: " + what.variable);
            }
            break;
        case TemplateOperand::Kind::Function: {
            const TemplateCommand alone{{what}};
            return call(alone, dot, nullptr);
        }
        case TemplateOperand::Kind::Pipeline:
            value = pipeline(*what.pipeline, dot);
            break;
        }
        for (std::size_t i = 0; value && i < what.fields.size(); ++i) {
            const auto method = find_template_method(*value, what.fields[i]);
            auto next = method ? method(*value, {}) : template_field(*value, what.fields[i]);
            value = next ? std::move(next) : fault(what.position, next.error().message);
        }
        return value;
    }

    // value.Method argument…
    Result<Value> method(const TemplateCommand& command, const Value& dot, const Value* piped) {
        auto owner = command.operands.front();
        const auto name = owner.fields.back();
        owner.fields.pop_back();
        auto value = operand(owner, dot);
        std::vector<Value> args;
        for (std::size_t i = 1; value && i < command.operands.size(); ++i) {
            auto arg = operand(command.operands[i], dot);
            if (!arg) {
                return arg;
            }
            args.push_back(std::move(*arg));
        }
        if (!value) {
            return value;
        }
        if (piped != nullptr) {
            args.push_back(*piped);
        }
        const auto answer = [&] {
            if (const auto method = find_template_method(*value, name)) {
                return method(*value, args);
            }
            return args.empty() ? template_field(*value, name)
                                : Result<Value>(Error{"can't give argument to non-function"});
        }();
        return answer ? answer : fault(owner.position, answer.error().message);
    }

    std::string_view text_;
    const TemplateDefinitions& definitions_;
    const TemplateContext& context_;
    std::vector<std::pair<std::string, Value>> variables_;
    std::string out_;
    Jump jump_ = Jump::None;
    int steps_ = 0;
    int calls_ = 0;
    bool full_ = false; // cut here, on purpose
};

} // namespace

Result<std::string> evaluate_template(std::string_view text, const TemplateList& nodes,
                                      const TemplateDefinitions& definitions,
                                      const TemplateContext& context) {
    return Evaluator(text, definitions, context).run(nodes);
}

} // namespace opsmon::rules

#include "reference_commands.hpp"

#include <CLI/CLI.hpp>

#include "config/load.hpp"
#include "config/web_file.hpp"
#include "notify/describe_settings.hpp"

namespace opsmon {
namespace {

std::string table_of(const CLI::App& command) {
    std::string out;
    for (const CLI::Option* option : command.get_options()) {
        if (option == command.get_help_ptr()) {
            continue; // every command has it
        }
        const bool positional = option->get_positional() && !option->nonpositional();
        out += "| `" + option->get_name(positional, !positional) + "` | " +
               (option->get_required() ? "yes" : "") + " | " + option->get_description() + " |\n";
    }
    return out.empty() ? out : "\n| flag | needed | what it is |\n|---|---|---|\n" + out;
}

} // namespace

std::string config_keys(const std::string& file) {
    config::KeyBook book;
    if (file == "web") {
        config::describe_web_file(book);
    } else if (file == "notification") {
        notify::describe_settings(book);
    } else {
        config::describe_config(book);
    }
    return book.to_text();
}

std::string command_line_as_markdown(const CLI::App& cli) {
    std::string out =
        "# The command line of opsmon-sidecar\n\n"
        "<!-- Printed by `opsmon-sidecar flags-doc` from sidecar/src/main.cpp; change "
        "that, and run `make docs`. -->\n\n" +
        cli.get_description() + "\n\nWithout a command it runs, with:\n" + table_of(cli);
    for (const CLI::App* command :
         cli.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); })) {
        out += "\n## opsmon-sidecar " + command->get_name() + "\n\n" + command->get_description() +
               ".\n" + table_of(*command);
    }
    out += "\n## Exit status\n\n"
           "| status | when |\n|---|---|\n"
           "| 0 | it was told to end, or a check found nothing |\n"
           "| 1 | it could not start, or a check found something |\n"
           "| 2 | the command line makes no sense |\n"
           "| 3 | `check-rules --lint error`, and the lint found something |\n";
    return out;
}

} // namespace opsmon

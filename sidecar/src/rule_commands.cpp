#include "rule_commands.hpp"

#include <cstdlib>
#include <iostream>

#include "rules/rule_file.hpp"
#include "rules/rule_test_run.hpp"
#include "rules/rule_tests.hpp"

namespace opsmon {
namespace {

void print_failure(const std::string& file, const std::string& what) {
    std::cerr << file << ": FAILED\n" << what << '\n';
}

bool test_file(const std::string& file) {
    const auto tests = rules::load_rule_tests(file);
    if (!tests) {
        print_failure(file, tests.error().message);
        return false;
    }
    for (const auto& pattern : tests->patterns_without_file) {
        std::cerr << file << ": warning: rule_files: no file matches " << pattern << '\n';
    }
    const auto groups = rules::load_rule_files(tests->rule_files);
    if (!groups) {
        print_failure(file, groups.error().message);
        return false;
    }
    const auto faults = rules::run_rule_tests(*tests, *groups);
    if (faults.empty()) {
        std::cout << file << ": passed\n";
        return true;
    }
    std::string text;
    for (const auto& fault : faults) {
        text += (text.empty() ? "" : "\n") + fault;
    }
    print_failure(file, text);
    return false;
}

} // namespace

int check_rules(const std::vector<std::string>& files) {
    bool good = true;
    for (const auto& file : files) {
        const auto groups = rules::load_rule_files({file});
        if (!groups) {
            print_failure(file, groups.error().message);
            good = false;
            continue;
        }
        std::size_t rules = 0;
        for (const auto& group : *groups) {
            rules += group.rules.size();
        }
        std::cout << file << ": valid; " << rules << (rules == 1 ? " rule\n" : " rules\n");
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int test_rules(const std::vector<std::string>& files) {
    bool good = true;
    for (const auto& file : files) {
        good = test_file(file) && good;
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace opsmon

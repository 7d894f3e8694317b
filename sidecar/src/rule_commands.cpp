#include "rule_commands.hpp"

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

#include "promql/duration.hpp"
#include "rules/lint.hpp"
#include "rules/rule_file.hpp"
#include "rules/rule_test_run.hpp"
#include "rules/rule_tests.hpp"

namespace opsmon {
namespace {

constexpr int kFindings = 3; // as promtool --lint-fatal

void print_failure(const std::string& file, const std::string& what) {
    std::cerr << file << ": FAILED\n" << what << '\n';
}

bool test_file(const std::string& file) {
    const auto tests = rules::load_rule_tests(file);
    if (!tests) {
        print_failure(file, tests.error().message);
        return false;
    }
    std::vector<std::string> without_file;
    const auto rule_files = rules::find_rule_files(*tests, without_file);
    for (const auto& pattern : without_file) {
        std::cerr << file << ": warning: rule_files: no file matches " << pattern << '\n';
    }
    const auto groups = rules::load_rule_files(rule_files);
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

int check_rules(const CheckRules& what) {
    rules::LintFacts facts;
    const std::tuple<const char*, const std::string&, std::int64_t&> durations[] = {
        {"--time-to-full", what.time_to_full, facts.time_to_full_ms},
        {"--sample-interval", what.sample_interval, facts.sample_interval_ms}};
    for (const auto& [option, text, into] : durations) {
        if (text.empty()) {
            continue;
        }
        const auto duration_ms = promql::parse_duration_ms(text);
        if (!duration_ms) {
            std::cerr << "opsmon-sidecar: " << option << ": " << duration_ms.error().message
                      << '\n';
            return EXIT_FAILURE;
        }
        into = *duration_ms;
    }
    bool good = true;
    std::vector<rules::Group> all; // a rule may read what a rule in another file records
    for (const auto& file : what.files) {
        auto groups = rules::load_rule_files({file});
        if (!groups) {
            print_failure(file, groups.error().message);
            good = false;
            continue;
        }
        const auto rules = std::accumulate(
            groups->begin(), groups->end(), std::size_t{0},
            [](std::size_t sum, const rules::Group& group) { return sum + group.rules.size(); });
        std::cout << file << ": valid; " << rules << (rules == 1 ? " rule\n" : " rules\n");
        std::move(groups->begin(), groups->end(), std::back_inserter(all));
    }
    const auto findings =
        what.lint == "off" ? std::vector<rules::Finding>() : rules::lint(all, facts);
    for (const auto& finding : findings) {
        std::cerr << finding.to_string() << '\n';
    }
    if (!good) {
        return EXIT_FAILURE;
    }
    return what.lint == "error" && !findings.empty() ? kFindings : EXIT_SUCCESS;
}

int test_rules(const std::vector<std::string>& files) {
    bool good = true;
    for (const auto& file : files) {
        good = test_file(file) && good;
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace opsmon

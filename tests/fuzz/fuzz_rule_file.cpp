// Any bytes as a rule file, and as a file with rule tests: faults are told, and what is accepted
// can be linted.

#include <cstddef>
#include <cstdint>
#include <string>

#include "rules/lint.hpp"
#include "rules/rule_file.hpp"
#include "rules/rule_tests.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace opsmon::rules;
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto groups = read_rule_file("rules.yml", text)) {
        (void)lint(*groups, {});
    }
    (void)read_rule_tests("tests.yml", text);
    return 0;
}

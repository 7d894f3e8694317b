#pragma once
// This component provides the shipped rules to tests: what fires on series that stand for a while,
// and what each alert is expected to say. The tests of the shipped rules share it.

#include "rules/engine.hpp"
#include "support/series.hpp"

#include <string>
#include <vector>

namespace opsmon::test {

std::vector<rules::Group> shipped_rules();

// The alerts after the series have stood for a while, evaluated each second; those that grow do so
// by their value each second.
std::vector<rules::Alert> alerts_after(TimestampMs seconds, const SeriesList& series,
                                       const SeriesList& growing = {});

struct Expectation {
    const char* alert;
    const char* severity;
    TimestampMs seconds; // until it fires
    SeriesList series;
    std::vector<std::string> says; // in summary and description
    SeriesList growing = {};       // counters, and how much each second
};

// Fires when it should and not before, alone, and says it all.
void check(const Expectation& expected);

std::vector<Expectation> guard_expectations();
std::vector<Expectation> host_expectations();
std::vector<Expectation> network_expectations();
std::vector<Expectation> request_expectations();
std::vector<Expectation> probe_expectations();
std::vector<Expectation> slony_expectations();
std::vector<Expectation> slony_remedy_expectations();

} // namespace opsmon::test

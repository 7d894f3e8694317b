#include "rules/rule_test_run.hpp"

#include "promql/eval.hpp"
#include "rules/engine.hpp"
#include "rules/template_format.hpp"

#include <algorithm>
#include <set>

namespace opsmon::rules {
namespace {

constexpr TimestampMs kMaxEvaluations = 1'000'000;

std::string to_text(const TextMap& texts) {
    std::string out;
    for (const auto& [name, value] : texts) {
        out += (out.empty() ? "" : ", ") + name + "=" + quote(value);
    }
    return "{" + out + "}";
}

std::string to_text(const std::vector<ExpectedAlert>& alerts) {
    std::string out;
    for (const auto& alert : alerts) {
        out += "\n            " + to_text(alert.labels) + "\n                " +
               to_text(alert.annotations);
    }
    return out.empty() ? " none" : out;
}

std::string to_text(const std::vector<ExpectedSample>& samples) {
    std::string out;
    for (const auto& sample : samples) {
        out += (out.empty() ? " " : ", ") + sample.labels.to_string() + " " +
               format_float(sample.value);
    }
    return out.empty() ? " nothing" : out;
}

bool same(const std::vector<ExpectedSample>& a, const std::vector<ExpectedSample>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const ExpectedSample& x, const ExpectedSample& y) {
                          return x.labels == y.labels && x.value == y.value;
                      });
}

void sort(std::vector<ExpectedSample>& samples) {
    std::stable_sort(
        samples.begin(), samples.end(),
        [](const ExpectedSample& a, const ExpectedSample& b) { return a.labels < b.labels; });
}

std::string time_text(TimestampMs at) {
    return format_float(static_cast<double>(at) / 1000) + "s";
}

// In the order the file asks for; the others before, as those of the first name.
std::vector<Group> in_order(std::vector<Group> groups, const std::vector<std::string>& names) {
    const auto place = [&](const Group& group) {
        const auto found = std::find(names.begin(), names.end(), group.name);
        return found == names.end() ? 0 : found - names.begin();
    };
    std::stable_sort(groups.begin(), groups.end(),
                     [&](const Group& a, const Group& b) { return place(a) < place(b); });
    for (auto& group : groups) {
        group.interval_ms = 1; // every group at every moment
    }
    return groups;
}

class GroupRun {
public:
    GroupRun(const RuleTests& tests, const TestGroup& group, std::vector<Group> groups)
        : tests_(tests),
          group_(group),
          history_({.window_ms = 1LL << 60,
                   .interval_ms = 1,
                   .bytes_max = 1UL << 30,
                   .series_max = 1'000'000}),
          engine_(in_order(std::move(groups), tests.group_eval_order)) {
        engine_.set_external({group.external_labels, group.external_url});
        // Of one series that is given twice the last counts.
        for (const auto& series : group.series) {
            series_[series.labels] = &series.values;
        }
    }

    std::vector<std::string> run() {
        const auto step = tests_.evaluation_interval_ms;
        const auto end = group_.ends_at();
        if (end / step > kMaxEvaluations) {
            fail(group_.line, "more than " + std::to_string(kMaxEvaluations) +
                                  " evaluations; make evaluation_interval longer or eval_time "
                                  "earlier");
            return std::move(faults_);
        }
        for (TimestampMs at = 0; at <= end; at += step) {
            feed(at);
            const auto failures = engine_.stats().evaluation_failures_total;
            const auto alerts = engine_.evaluate_due(history_, at, {});
            if (const auto stats = engine_.stats(); stats.evaluation_failures_total > failures) {
                fail(group_.line, "at " + time_text(at) + ": " + stats.last_failure);
                return std::move(faults_);
            }
            for (const auto& one : group_.alerts) {
                if (at <= one.at && one.at < at + step) {
                    compare(one, alerts);
                }
            }
        }
        for (const auto& one : group_.queries) {
            compare(one);
        }
        return std::move(faults_);
    }

private:
    void fail(int line, const std::string& what) {
        faults_.push_back(tests_.file + ":" + std::to_string(line) + ": " +
                          (group_.name.empty() ? "" : group_.name + ": ") + what);
    }

    // The samples up to a moment, each at its own.
    void feed(TimestampMs until) {
        for (; fed_until_ <= until; fed_until_ += std::max<TimestampMs>(group_.interval_ms, 1)) {
            const auto index = group_.interval_ms == 0
                                   ? static_cast<std::size_t>(fed_until_)
                                   : static_cast<std::size_t>(fed_until_ / group_.interval_ms);
            std::vector<metrics::SeriesPoint> points;
            for (const auto& [labels, values] : series_) {
                if (index < values->size() && (*values)[index]) {
                    points.push_back({labels, *(*values)[index]});
                }
            }
            history_.append_derived(fed_until_, points);
            if (group_.interval_ms == 0) {
                fed_until_ = until + 1; // all samples stand at the start, where the first counts
                return;
            }
        }
    }

    void compare(const AlertCase& one, const std::vector<Alert>& alerts) {
        std::vector<ExpectedAlert> got;
        for (const auto& alert : alerts) {
            if (alert.firing() && alert.labels.get("alertname") == one.alertname) {
                ExpectedAlert found{{}, alert.annotations};
                for (const auto& [name, value] : alert.labels.pairs()) {
                    found.labels[name] = value;
                }
                got.push_back(std::move(found));
            }
        }
        auto expected = one.expected;
        std::sort(got.begin(), got.end());
        std::sort(expected.begin(), expected.end());
        if (got != expected) {
            fail(one.line, "alertname: " + one.alertname + ", time: " + time_text(one.at) +
                               "\n        expected:" + to_text(expected) +
                               "\n        got:" + to_text(got));
        }
    }

    void compare(const QueryCase& one) {
        const auto where = "expr: " + quote(one.expr) + ", time: " + time_text(one.at);
        const auto expression = promql::parse(one.expr);
        if (!expression) {
            return fail(one.line, where + ": " + expression.error().message);
        }
        const auto vector = promql::evaluate_vector(*expression, history_, one.at);
        if (!vector) {
            return fail(one.line, where + ": " + vector.error().message);
        }
        std::vector<ExpectedSample> got;
        for (const auto& sample : *vector) {
            got.push_back({sample.labels, sample.value});
        }
        auto expected = one.expected;
        sort(got);
        sort(expected);
        if (!same(got, expected)) {
            fail(one.line, where + "\n        expected:" + to_text(expected) +
                               "\n        got:" + to_text(got));
        }
    }

    const RuleTests& tests_;
    const TestGroup& group_;
    history::History history_;
    Engine engine_;
    std::map<metrics::Labels, const std::vector<std::optional<double>>*> series_;
    TimestampMs fed_until_ = 0;
    std::vector<std::string> faults_;
};

} // namespace

std::vector<std::string> run_rule_tests(const RuleTests& tests, const std::vector<Group>& groups) {
    std::vector<std::string> out;
    for (const auto& group : tests.groups) {
        auto faults = GroupRun(tests, group, groups).run();
        out.insert(out.end(), std::make_move_iterator(faults.begin()),
                   std::make_move_iterator(faults.end()));
    }
    return out;
}

} // namespace opsmon::rules

#include "rules/lint.hpp"

#include "rules/lint_shape.hpp"

#include <algorithm>
#include <set>

namespace opsmon::rules {
namespace {

bool is_name_letter(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The labels that a text takes from the alert's series: $labels.x.
std::set<std::string> labels_in(std::string_view text) {
    constexpr std::string_view kBefore = "$labels.";
    std::set<std::string> out;
    for (auto at = text.find(kBefore); at != std::string_view::npos; at = text.find(kBefore, at)) {
        at += kBefore.size();
        auto end = at;
        while (end < text.size() && is_name_letter(text[end])) {
            ++end;
        }
        out.insert(std::string(text.substr(at, end - at)));
    }
    return out;
}

// Empty here, and there where a real Prometheus evaluates the same file: a text may ask for them.
bool comes_of_a_scrape(const std::string& label) {
    return label == "instance" || label == "job";
}

bool speaks_of_bits(std::string_view text) {
    for (const std::string_view word : {"Mbps", "Gbps", "Mbit", "Gbit", "bit/s", "bits per"}) {
        if (text.find(word) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// Whether a metric tells how full something is.
bool tells_of_room(const std::string& metric) {
    for (const std::string_view part :
         {"_free_bytes", "_usable_bytes", "_usage_percent", "_wal_size_bytes", "_retained_bytes",
          "_full_in_seconds", "_guard_rung", "_free_inodes", "_safe_wal_bytes"}) {
        if (metric.find(part) != std::string::npos) {
            return true;
        }
    }
    return false;
}

class RuleLint {
public:
    RuleLint(const Group& group, const Rule& rule, const KnownMetrics& known,
             const LintFacts& facts, std::vector<Finding>& out)
        : group_(group), rule_(rule), known_(known), facts_(facts), out_(out) {}

    void run() {
        const auto shape =
            shape_of(rule_.expr.root(), known_,
                     [this](const std::string& what, const std::string& why,
                            const std::string& instead) { add(what, why, instead); });
        check_times();
        check_texts(shape);
        if (rule_.records() && known_.find(rule_.record) &&
            known_.find(rule_.record)->kind != MetricKind::Derived) {
            add("the rule writes " + rule_.record + ", which a collector shows",
                "what a collector shows is left as it is, and the rule's result is lost",
                "give it a name of its own, such as job:" + rule_.record + ":sum");
        }
    }

private:
    void add(const std::string& what, const std::string& why, const std::string& instead) {
        Finding finding{group_.file, rule_.line, rule_.name(), what, why, instead};
        const bool told = std::any_of(out_.begin(), out_.end(), [&](const Finding& known) {
            return known.line == finding.line && known.file == finding.file && known.what == what;
        });
        if (!told) {
            out_.push_back(std::move(finding));
        }
    }

    void check_times() {
        if (group_.interval_ms < 1000) {
            add("the interval of the group is less than a second",
                "the sidecar evaluates once a second at most", "interval: 1s");
        }
        const auto& names = rule_.expr.metric_names();
        if (facts_.time_to_full_ms > 0 && rule_.for_ms >= facts_.time_to_full_ms &&
            std::any_of(names.begin(), names.end(), tells_of_room)) {
            add("for is longer than it takes to fill up",
                "it was measured that all is full after " +
                    std::to_string(facts_.time_to_full_ms / 1000) + " s; the alert comes after " +
                    std::to_string(rule_.for_ms / 1000) + " s",
                "a shorter for, well below half of that");
        }
    }

    void check_texts(const Shape& shape) {
        const bool bytes = shape.unit == "bytes" && shape.per_second;
        for (const auto* texts : {&rule_.labels, &rule_.annotations}) {
            for (const auto& [name, text] : *texts) {
                for (const auto& label : labels_in(text.text())) {
                    if (!shape.open && shape.vector && !shape.labels.contains(label) &&
                        label != metrics::kMetricName && !comes_of_a_scrape(label)) {
                        add("the text " + name + " uses $labels." + label,
                            "the series of this expression have no such label: it is always empty",
                            labels_text(shape));
                    }
                }
                if (bytes && speaks_of_bits(text.text())) {
                    add("the text " + name + " speaks of bits",
                        "the expression gives bytes per second", "multiply the rate by 8");
                }
            }
        }
    }

    static std::string labels_text(const Shape& shape) {
        std::string out;
        for (const auto& [name, label] : shape.labels) {
            if (name != metrics::kMetricName) {
                out += (out.empty() ? "its labels are: " : ", ") + name;
            }
        }
        return out.empty() ? "it has no labels at all" : out;
    }

    const Group& group_;
    const Rule& rule_;
    const KnownMetrics& known_;
    const LintFacts& facts_;
    std::vector<Finding>& out_;
};

} // namespace

std::string Finding::to_string() const {
    return file + ":" + std::to_string(line) + ": " + rule + ": " + what + "\n    why: " + why +
           "\n    instead: " + instead;
}

std::vector<Finding> lint(const std::vector<Group>& groups, const LintFacts& facts) {
    const KnownMetrics known(groups, facts.sample_interval_ms);
    std::vector<Finding> out;
    for (const auto& group : groups) {
        for (const auto& rule : group.rules) {
            RuleLint(group, rule, known, facts, out).run();
        }
    }
    return out;
}

} // namespace opsmon::rules

#pragma once
// This component provides the values a template works on, as Go's text/template sees them: nothing,
// bool, int, float, string, moments, and lists, maps and records of them. A map answers an unknown
// key with
// "" (Prometheus and Alertmanager set missingkey=zero); a record has fixed fields.

#include "metrics/labels.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace opsmon::rules {

class TemplateValue;
using TemplateFields = std::map<std::string, TemplateValue>; // ordered, as Go ranges over a map

struct TemplateComposite;

// A moment as Go prints it; empty where it has not come.
struct TemplateMoment {
    std::string text;
    friend auto operator<=>(const TemplateMoment&, const TemplateMoment&) = default;
};

class TemplateValue {
public:
    using Composite = std::shared_ptr<const TemplateComposite>;
    using Content = std::variant<std::monostate, bool, std::int64_t, double, std::string, Composite,
                                 TemplateMoment>;

    TemplateValue() = default;
    TemplateValue(bool value) : content_(value) {}
    TemplateValue(std::int64_t value) : content_(value) {}
    TemplateValue(double value) : content_(value) {}
    TemplateValue(std::string value) : content_(std::move(value)) {}
    TemplateValue(TemplateMoment value) : content_(std::move(value)) {}
    TemplateValue(const char* value) : content_(std::string(value)) {}

    // The fields of a list are what can be asked of it by name (`.Alerts.Firing`).
    static TemplateValue list(std::vector<TemplateValue> items, TemplateFields fields = {});
    static TemplateValue map(TemplateFields fields);
    // A map with the methods that Alertmanager's labels have; the labels of rules have none.
    static TemplateValue label_set(TemplateFields fields);
    // A map of values of any kind: nothing is what it answers for an unknown key.
    static TemplateValue map_of_any(TemplateFields fields);
    // Printed in the order given.
    static TemplateValue record(const std::vector<std::pair<std::string, TemplateValue>>& fields);
    static TemplateValue map_of(const metrics::Labels& labels);

    [[nodiscard]] const Content& content() const { return content_; }
    template <typename T>
    [[nodiscard]] const T* get() const {
        return std::get_if<T>(&content_);
    }
    [[nodiscard]] const TemplateComposite* composite() const;
    [[nodiscard]] bool is_nil() const { return content_.index() == 0; }

    [[nodiscard]] bool truth() const;            // what `if` and `with` ask
    [[nodiscard]] std::string to_string() const; // what %v prints
    [[nodiscard]] const char* type_name() const;

private:
    Content content_;
};

struct TemplateComposite {
    enum class Kind { List, Map, Record };
    Kind kind = Kind::List;
    std::vector<TemplateValue> items; // of a list; and of a record, in their order
    TemplateFields fields;
    bool is_label_set = false; // a map with methods
    bool of_any = false;       // a map that holds more than texts
};

} // namespace opsmon::rules

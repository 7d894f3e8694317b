#include "promql/result_json.hpp"

#include "promql/number_text.hpp"

#include <nlohmann/json.hpp>

namespace opsmon::promql {
namespace {

// Results may be long: they are written as they are, and only texts go through the library.
std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_time(std::string& out, TimestampMs at) {
    if (at < 0) {
        out += '-';
        at = -at;
    }
    out += std::to_string(at / 1000);
    if (at % 1000 != 0) {
        out += '.' + std::to_string(1000 + at % 1000).substr(1);
    }
}

void write_number(std::string& out, TimestampMs at, const std::string& number) {
    out += '[';
    write_time(out, at);
    out += ",\"" + number + "\"]";
}

void write_point(std::string& out, TimestampMs at, double value) {
    write_number(out, at, api_number(value));
}

void write_metric(std::string& out, const metrics::Labels& labels) {
    out += "{\"metric\":{";
    bool first = true;
    for (const auto& [name, value] : labels.pairs()) {
        out += (first ? "" : ",") + json_text(name) + ":" + json_text(value);
        first = false;
    }
    out += '}';
}

void write_vector(std::string& out, const Vector& vector, TimestampMs at) {
    out += '[';
    for (const auto& sample : vector) {
        out += out.back() == '[' ? "" : ",";
        write_metric(out, sample.labels);
        out += ",\"value\":";
        write_point(out, at, sample.value);
        out += '}';
    }
    out += ']';
}

void write_matrix(std::string& out, const Matrix& matrix) {
    out += '[';
    for (const auto& series : matrix) {
        out += out.back() == '[' ? "" : ",";
        write_metric(out, series.labels);
        out += ",\"values\":[";
        for (const auto& point : series.points) {
            out += out.back() == '[' ? "" : ",";
            write_point(out, point.at, point.value);
        }
        out += "]}";
    }
    out += ']';
}

} // namespace

std::string result_json(const Value& value, TimestampMs at) {
    std::string out = R"({"status":"success","data":{"resultType":)";
    if (const auto* scalar = std::get_if<double>(&value)) {
        out += R"("scalar","result":)";
        write_number(out, at, plain_number(*scalar)); // a scalar alone has no exponent
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        out += R"("string","result":[)";
        write_time(out, at);
        out += "," + json_text(*text) + "]";
    } else if (const auto* vector = std::get_if<Vector>(&value)) {
        out += R"("vector","result":)";
        write_vector(out, *vector, at);
    } else {
        out += R"("matrix","result":)";
        write_matrix(out, std::get<Matrix>(value));
    }
    return out + "}}";
}

std::string error_json(QueryFault kind, std::string_view message) {
    return std::string(R"({"status":"error","errorType":)") +
           (kind == QueryFault::BadData ? R"("bad_data")" : R"("execution")") + R"(,"error":)" +
           json_text(message) + "}";
}

std::string invalid_parameter(std::string_view name, const std::string& message) {
    return "invalid parameter \"" + std::string(name) + "\": " + message;
}

} // namespace opsmon::promql

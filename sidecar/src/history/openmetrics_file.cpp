#include "history/openmetrics_file.hpp"

#include "base/text.hpp"
#include "history/openmetrics_line.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace opsmon::history {
namespace {

class Reader {
public:
    explicit Reader(FileLimits limits) : limits_(limits) {}

    Result<void> read_sample(std::string_view line) {
        const auto sample = read_sample_line(line);
        if (!sample) {
            return sample.error();
        }
        if (!sample->at) {
            return Error{std::string(sample->series) +
                         " has no timestamp; write it behind the value, in seconds"};
        }
        const auto index = find_or_create(sample->series);
        if (!index) {
            return index.error();
        }
        return append(series_[*index], {*sample->at, sample->value});
    }

    FileSource source() { return FileSource(std::move(series_)); }

private:
    // Labels are read once for each way to write them; the text outlives the reader.
    Result<std::size_t> find_or_create(std::string_view written) {
        if (const auto known = by_text_.find(written); known != by_text_.end()) {
            return known->second;
        }
        auto labels = read_series(written);
        if (!labels) {
            return labels.error();
        }
        const auto [entry, is_new] = by_labels_.try_emplace(*labels, series_.size());
        if (is_new) {
            if (series_.size() >= limits_.series_max) {
                return Error{"more than " + std::to_string(limits_.series_max) +
                             " series; split the file"};
            }
            series_.push_back({std::move(*labels), {}});
        }
        by_text_.emplace(written, entry->second);
        return entry->second;
    }

    Result<void> append(FileSource::Series& series, Point point) {
        auto& points = series.points;
        if (!points.empty() && points.back().at == point.at) {
            if (std::bit_cast<std::uint64_t>(points.back().value) ==
                std::bit_cast<std::uint64_t>(point.value)) {
                return {};
            }
            return Error{series.labels.to_string() +
                         " has two different values at the same moment; leave one out"};
        }
        if (!points.empty() && points.back().at > point.at) {
            return Error{series.labels.to_string() +
                         " goes back in time; sort the samples of a series by timestamp"};
        }
        if (samples_ >= limits_.samples_max) {
            return Error{"more than " + std::to_string(limits_.samples_max) +
                         " samples; split the file"};
        }
        ++samples_;
        points.push_back(point);
        return {};
    }

    FileLimits limits_;
    std::size_t samples_ = 0;
    std::vector<FileSource::Series> series_;
    std::unordered_map<std::string_view, std::size_t> by_text_;
    std::unordered_map<metrics::Labels, std::size_t, metrics::LabelsHash> by_labels_;
};

} // namespace

Result<FileSource> parse_openmetrics(std::string_view text, FileLimits limits) {
    constexpr std::string_view kEnd = "# EOF";
    Reader reader(limits);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto line_fault = [number](const Error& error) {
            return error.with_prefix("line " + std::to_string(number));
        };
        const bool complete = text.find('\n') != std::string_view::npos;
        const auto line = take_line(text);
        if (line == kEnd) {
            if (!text.empty()) {
                return line_fault(Error{"nothing may follow # EOF"});
            }
            return reader.source();
        }
        if (!complete) {
            return line_fault(Error{"the file ends within a line; its last line must be # EOF"});
        }
        const auto read =
            line.starts_with('#') ? check_comment_line(line) : reader.read_sample(line);
        if (!read) {
            return line_fault(read.error());
        }
    }
    return Error{"the file does not end with a line # EOF; without it, it may have been cut off"};
}

} // namespace opsmon::history

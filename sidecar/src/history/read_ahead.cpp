#include "history/read_ahead.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace opsmon::history {

ReadAhead::Question* ReadAhead::next(Kind kind, std::string_view metric_name, const Filter& filter,
                                     TimestampMs after, TimestampMs until) const {
    if (!taken_) {
        questions_.push_back({kind, std::string(metric_name), filter, after, until, {}, {}, {}});
        return &questions_.back();
    }
    if (next_ < questions_.size()) {
        Question& question = questions_[next_++];
        if (question.kind == kind && question.metric_name == metric_name &&
            question.after == after && question.until == until) {
            return &question;
        }
    }
    astray_ = true;
    return nullptr;
}

bool ReadAhead::may_ask(std::string_view metric_name) const {
    return std::any_of(questions_.begin(), questions_.end(), [&](const Question& question) {
        return question.metric_name.empty() || question.metric_name == metric_name;
    });
}

TimestampMs ReadAhead::reaches_back_to() const {
    TimestampMs out = std::numeric_limits<TimestampMs>::max();
    for (const Question& question : questions_) {
        out = std::min(out, question.after);
    }
    return out;
}

const metrics::Labels* ReadAhead::keep(const metrics::Labels* labels) {
    return &labels_.emplace_back(*labels);
}

Result<void> ReadAhead::take(const Source& source, std::size_t samples_max) {
    taken_ = true;
    std::size_t samples = 0;
    for (Question& question : questions_) {
        if (question.kind == Kind::Newest) {
            question.points = source.newest(question.metric_name, question.filter, question.after,
                                            question.until);
            samples += question.points.size();
        } else if (question.kind == Kind::Range) {
            question.ranges = source.range_up_to(samples_max - samples, question.metric_name,
                                                 question.filter, question.after, question.until);
            for (const SelectedRange& range : question.ranges) {
                samples += range.points.size();
            }
        } else {
            question.series = source.series_between(question.metric_name, question.filter,
                                                    question.after, question.until);
            samples += question.series.size();
        }
        if (samples > samples_max) {
            return Error{"query processing would load too many samples into memory: more than " +
                         std::to_string(samples_max) +
                         "; select fewer series or a shorter time, or use a larger step"};
        }
        for (SelectedPoint& point : question.points) {
            point.labels = keep(point.labels);
        }
        for (SelectedRange& range : question.ranges) {
            range.labels = keep(range.labels);
        }
        for (const metrics::Labels*& labels : question.series) {
            labels = keep(labels);
        }
    }
    return {};
}

std::vector<SelectedPoint> ReadAhead::newest(std::string_view metric_name, const Filter& filter,
                                             TimestampMs after, TimestampMs until) const {
    Question* question = next(Kind::Newest, metric_name, filter, after, until);
    return question == nullptr ? std::vector<SelectedPoint>() : std::move(question->points);
}

std::vector<SelectedRange> ReadAhead::range_up_to(std::size_t, std::string_view metric_name,
                                                  const Filter& filter, TimestampMs after,
                                                  TimestampMs until) const {
    Question* question = next(Kind::Range, metric_name, filter, after, until);
    return question == nullptr ? std::vector<SelectedRange>() : std::move(question->ranges);
}

std::vector<const metrics::Labels*> ReadAhead::series_between(std::string_view metric_name,
                                                              const Filter& filter,
                                                              TimestampMs after,
                                                              TimestampMs until) const {
    Question* question = next(Kind::Series, metric_name, filter, after, until);
    return question == nullptr ? std::vector<const metrics::Labels*>()
                               : std::move(question->series);
}

} // namespace opsmon::history

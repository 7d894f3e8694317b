#include "rules/series_values.hpp"

#include "base/text.hpp"
#include "history/stale.hpp"
#include "promql/number_text.hpp"
#include "promql/position.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace opsmon::rules {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Reader {
public:
    Reader(std::string_view text, std::size_t wanted)
        : text_(text), wanted_(std::min(wanted, kMaxSeriesValues)) {}

    Result<std::vector<std::optional<double>>> run() {
        const auto last = text_.find_last_not_of(" \t\r\n");
        const auto line_break = text_.find_first_of("\r\n");
        if (line_break != std::string_view::npos && last != std::string_view::npos &&
            line_break < last) {
            at_ = line_break;
            return fault("unexpected line break");
        }
        for (skip_spaces(); at_ < text_.size(); skip_spaces()) {
            if (auto read = item(); !read) {
                return read.error();
            }
            if (at_ < text_.size() && !is_space(text_[at_])) {
                return fault(std::string("unexpected '") + text_[at_] +
                             "'; values stand apart from each other");
            }
        }
        return std::move(out_);
    }

private:
    [[nodiscard]] Error fault(const std::string& what) const {
        return promql::parse_error(text_, at_, what + " in series values");
    }
    [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    // A line break may end the text: promtool reads a series and its values as one line.
    void skip_spaces() {
        while (at_ < text_.size() && is_space(text_[at_])) {
            ++at_;
        }
    }
    void add(const std::optional<double>& value) {
        if (out_.size() < wanted_) {
            out_.push_back(value);
        }
    }

    Result<void> item() {
        if (here() == '_') {
            ++at_;
            auto times = repetitions();
            if (!times) {
                return times.error();
            }
            for (std::size_t i = 0; i < std::min(times->value_or(1), wanted_); ++i) {
                add(std::nullopt);
            }
            return {};
        }
        const auto stale = take_word() == "stale";
        if (stale) {
            at_ += 5;
            add(history::stale_marker());
            return {};
        }
        return numbers();
    }

    // a, axn (n more of it), a+bxn, a-bxn
    Result<void> numbers() {
        auto value = signed_number(false);
        if (!value) {
            return value.error();
        }
        double step = 0;
        const bool steps = here() == '+' || here() == '-';
        if (steps) {
            auto given = signed_number(true);
            if (!given) {
                return given.error();
            }
            step = *given;
        }
        auto times = repetitions();
        if (!times) {
            return times.error();
        }
        if (steps && !*times) {
            return fault("a step without its number of repetitions (write 0+10x5)");
        }
        double next = *value;
        for (std::size_t i = 0; i <= times->value_or(0) && out_.size() < wanted_; ++i) {
            add(next);
            next += step;
        }
        return {};
    }

    // Nothing where no x stands.
    Result<std::optional<std::size_t>> repetitions() {
        if (here() != 'x') {
            return std::optional<std::size_t>();
        }
        ++at_;
        auto end = at_;
        while (end < text_.size() && (is_digit(text_[end]) || is_letter(text_[end]))) {
            ++end;
        }
        const auto times = parse_count(text_.substr(at_, end - at_));
        if (!times) {
            return fault("an x without a whole number of repetitions");
        }
        at_ = end;
        // One more comes on top of it.
        return std::optional<std::size_t>(std::min<unsigned long long>(*times, kMaxSeriesValues));
    }

    [[nodiscard]] std::string take_word() const {
        auto end = at_;
        while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) {
            ++end;
        }
        return std::string(text_.substr(at_, end - at_));
    }

    Result<double> signed_number(bool must_have_sign) {
        const bool minus = here() == '-';
        if (minus || here() == '+') {
            ++at_;
        } else if (must_have_sign) {
            return fault("a step without + or -");
        }
        const auto value = is_letter(here()) ? named() : digits();
        return value ? Result<double>(minus ? -*value : *value) : value.error();
    }

    Result<double> named() {
        auto word = take_word();
        std::transform(word.begin(), word.end(), word.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        if (word != "inf" && word != "nan") {
            return fault("unexpected word; a number, _ or stale is expected");
        }
        at_ += word.size();
        return word == "inf" ? std::numeric_limits<double>::infinity()
                             : std::numeric_limits<double>::quiet_NaN();
    }

    Result<double> digits() {
        const auto begin = at_;
        const auto run = [this] {
            while (is_digit(here())) {
                ++at_;
            }
        };
        run();
        if (here() == '.' &&
            (at_ > begin || (at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))) {
            ++at_;
            run();
        }
        if (at_ > begin && (here() == 'e' || here() == 'E')) {
            ++at_;
            if (here() == '+' || here() == '-') {
                ++at_;
            }
            run();
        }
        const auto value = promql::parse_go_float(text_.substr(begin, at_ - begin));
        if (!value) {
            const bool too_large = at_ > begin && is_digit(text_[at_ - 1]);
            at_ = begin;
            return fault(too_large ? "a number that is too large"
                                   : "a number, _ or stale is expected");
        }
        return *value;
    }

    std::string_view text_;
    std::size_t wanted_;
    std::size_t at_ = 0;
    std::vector<std::optional<double>> out_;
};

} // namespace

Result<std::vector<std::optional<double>>> parse_series_values(std::string_view text,
                                                               std::size_t values_wanted) {
    return Reader(text, values_wanted).run();
}

} // namespace opsmon::rules

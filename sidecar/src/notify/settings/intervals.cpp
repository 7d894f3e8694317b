#include "notify/settings/reader.hpp"

namespace opsmon::notify {
namespace {

using config::Section;

void read_ranges(Reading& reading, Section& section, const char* key,
                 Result<Range> (*parse)(std::string_view), std::vector<Range>& into) {
    for (const auto& text : section.texts(key, kMaxListEntries, kMaxNameBytes)) {
        if (auto range = parse(text.value)) {
            into.push_back(*range);
        } else {
            reading.fault(section, key, text.line, range.error().message);
        }
    }
}

std::optional<int> read_time(Reading& reading, Section& section, const char* key) {
    section.describe(key, "time of day", "HH:MM");
    const auto text = section.text(key, kMaxNameBytes);
    const auto minutes = text ? parse_time_of_day(text->value) : Error{"is needed"};
    if (!minutes) {
        reading.fault(section, key, text ? text->line : section.line(), minutes.error().message);
        return std::nullopt;
    }
    return *minutes;
}

TimeInterval read_interval(Reading& reading, Section& section) {
    TimeInterval out;
    for (auto& times : section.sections("times", kMaxListEntries)) {
        const auto start = read_time(reading, times, "start_time");
        const auto end = read_time(reading, times, "end_time");
        times.finish();
        if (start && end && *start >= *end) {
            reading.fault(times, "end_time", times.line(),
                          "must be later than start_time; a night is two ranges, up to 24:00 and "
                          "from 00:00");
        } else if (start && end) {
            out.times.push_back({*start, *end});
        }
    }
    read_ranges(reading, section, "weekdays", parse_weekdays, out.weekdays);
    read_ranges(reading, section, "days_of_month", parse_days_of_month, out.days_of_month);
    read_ranges(reading, section, "months", parse_months, out.months);
    read_ranges(reading, section, "years", parse_years, out.years);
    if (const auto name = section.text("location", kMaxNameBytes)) {
        auto zone = TimeZone::load(name->value);
        if (zone) {
            out.zone = std::move(*zone);
        } else {
            reading.fault(section, "location", name->line, zone.error().message);
        }
    }
    section.finish();
    return out;
}

} // namespace

void read_time_intervals(Reading& reading, Section& top, Settings& settings) {
    for (const auto* key : {"mute_time_intervals", "time_intervals"}) {
        for (auto& named : top.sections(key, kMaxListEntries)) {
            const auto name = read_name(named, "name");
            if (name.empty()) {
                reading.faults.add(named.line(), named.key_path("name"), "is needed");
            } else if (!reading.time_intervals.insert(name).second) {
                reading.fault(named, "name", named.line(),
                              "the time interval \"" + config::shown(name) + "\" exists twice");
            }
            auto& intervals = settings.time_intervals[name];
            for (auto& one : named.sections("time_intervals", kMaxListEntries)) {
                intervals.push_back(read_interval(reading, one));
            }
            named.finish();
        }
    }
}

} // namespace opsmon::notify

#include "collect/access_log/service_log.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "collect/access_log/combined_line.hpp"
#include "collect/access_log/json_line.hpp"
#include "collect/access_log/log_siblings.hpp"

namespace opsmon::collect {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxFiles = 50;
constexpr auto kFindEvery = 5s;

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// A pattern such as access.log* also means what rotation left; the log itself leads there.
void remove_rotated(std::vector<std::string>& paths) {
    const std::vector<std::string> all = paths;
    std::erase_if(paths, [&](const std::string& path) {
        return std::any_of(all.begin(), all.end(), [&](const std::string& log) {
            return is_rotated_name(name_of(log), name_of(path));
        });
    });
}

} // namespace

std::unique_ptr<LineParser> make_parser(const config::AccessLog& settings) {
    if (settings.format == config::AccessLogFormat::Json) {
        return std::make_unique<JsonParser>(settings.fields, settings.duration_unit_seconds);
    }
    return std::make_unique<CombinedParser>(settings.extra_fields, settings.duration_unit_seconds);
}

void LineCounter::take_line(std::string_view line, bool live) {
    if (line.empty()) {
        ++empty_;
        return;
    }
    LogLine parsed;
    if (!parser_->parse(line, parsed)) {
        ++unparsed_;
        return;
    }
    ++parsed_;
    counts_.add(parsed, live);
}

void LineCounter::add_lines(const std::string& service, metrics::SampleList& out) const {
    const auto add = [&](std::uint64_t count, const char* result) {
        out.add<"service_log_lines_total">(static_cast<double>(count), service, result);
    };
    add(parsed_, "parsed");
    add(unparsed_, "unparsed");
    add(empty_, "empty");
    add(too_long_, "too_long");
}

ServiceLog::ServiceLog(config::AccessLog settings, std::shared_ptr<store::Store> store,
                       TopLimits limits)
    : settings_(std::move(settings)),
      store_(std::move(store)),
      counter_(settings_, limits),
      shown_(limits.shown) {}

void ServiceLog::find_logs(SteadyTime now) {
    if (found_at_ && now - *found_at_ < kFindEvery) {
        return;
    }
    const auto start = found_at_ ? LogFollower::Start::AtBeginning : LogFollower::Start::AtEnd;
    found_at_ = now;
    auto paths = match_paths(settings_.path, kMaxFiles * 2);
    remove_rotated(paths);
    pattern_error_ = paths.empty() ? "no file matches " + settings_.path : "";
    for (std::size_t i = followers_.size(); i-- > 0;) {
        LogFollower& follower = *followers_[i];
        if (settings_.path != follower.path() && follower.is_over()) {
            follower.forget();
            skipped_before_ += follower.skipped_bytes();
            followers_.erase(followers_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    for (const std::string& path : paths) {
        if (std::any_of(followers_.begin(), followers_.end(),
                        [&](const auto& known) { return known->path() == path; })) {
            continue;
        }
        if (followers_.size() == kMaxFiles) {
            pattern_error_ = "more than " + std::to_string(kMaxFiles) + " files match " +
                             settings_.path + "; the rest is not followed";
            break;
        }
        followers_.push_back(
            std::make_unique<LogFollower>(path, settings_.service + ' ' + path, store_, start));
    }
}

void ServiceLog::look(std::vector<char>& buffer, ReadBudget& budget, SteadyTime now) {
    counter_.counts().show_at_most(shown_);
    counter_.counts().advance(now);
    find_logs(now);
    for (const auto& follower : followers_) {
        follower->look(buffer, budget, now, counter_);
    }
    note_errors();
}

void ServiceLog::note_errors() {
    std::vector<std::string> errors;
    if (!pattern_error_.empty()) {
        errors.push_back(pattern_error_);
    }
    for (const auto& follower : followers_) {
        if (!follower->error().empty()) {
            errors.push_back(follower->error());
        }
    }
    if (errors == errors_) {
        return;
    }
    errors_ = std::move(errors);
    if (errors_.empty()) {
        log::info("access logs are followed again", {{"service", settings_.service}});
    } else {
        log::warning("an access log cannot be followed",
                     {{"service", settings_.service}, {"error", errors_.front()}});
    }
}

void ServiceLog::add_health(metrics::SampleList& out) const {
    const std::string& service = settings_.service;
    counter_.add_lines(service, out);
    double unread = 0;
    auto skipped = static_cast<double>(skipped_before_);
    for (const auto& follower : followers_) {
        unread += static_cast<double>(follower->unread_bytes());
        skipped += static_cast<double>(follower->skipped_bytes());
    }
    out.add<"service_log_unread_bytes">(unread, service);
    out.add<"service_log_skipped_bytes_total">(skipped, service);
    out.add<"service_log_followed">(errors_.empty() ? 1 : 0, service);
}

void ServiceLog::add_requests(metrics::SampleList& out) const {
    counter_.counts().add_samples(settings_.service, out, errors_.empty());
}

bool ServiceLog::is_silent() const {
    return !errors_.empty() &&
           std::none_of(followers_.begin(), followers_.end(),
                        [](const auto& follower) { return follower->error().empty(); });
}

std::size_t ServiceLog::open_logs() const {
    return static_cast<std::size_t>(
        std::count_if(followers_.begin(), followers_.end(),
                      [](const auto& follower) { return follower->open_files() > 0; }));
}

std::size_t ServiceLog::open_files() const {
    std::size_t files = 0;
    for (const auto& follower : followers_) {
        files += follower->open_files();
    }
    return files;
}

} // namespace opsmon::collect

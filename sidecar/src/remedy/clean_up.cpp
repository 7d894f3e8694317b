#include "remedy/clean_up.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "remedy/preconditions.hpp"

namespace opsmon::remedy {
namespace {

using nlohmann::json;

constexpr std::size_t kProblemBytesMax = 300;

// The bulk is gone, or there never was one.
bool has_fallen(const Place& place, const std::optional<double>& before) {
    return place.bytes && (*place.bytes <= kSmallBytes || (before && *place.bytes <= *before / 4));
}

// The logs of this node fall from what they were before the drop, the others' from what they were
// when they were first looked at.
std::optional<double> before_of(const CleanUp& clean_up, std::size_t index) {
    return index == 0 && clean_up.before_bytes ? clean_up.before_bytes
                                               : clean_up.places[index].first_bytes;
}

bool is_over(const CleanUp& clean_up, std::size_t index) {
    const Place& place = clean_up.places[index];
    return place.steps >= kStepsMax || has_fallen(place, before_of(clean_up, index));
}

} // namespace

std::optional<CleanUp> resume(const std::optional<postgres::LastDropRow>& last,
                              std::optional<CleanUp> kept, std::size_t forwarders) {
    if (!last || last->clean_up || last->age > kResumeSecondsMax) {
        return std::nullopt;
    }
    const auto number = static_cast<long long>(last->number);
    if (!kept || kept->drop != number || kept->places.size() != forwarders + 1) {
        kept = CleanUp{};
        kept->places.resize(forwarders + 1);
    }
    kept->drop = number;
    kept->node = last->node;
    kept->before_bytes = last->before_bytes;
    return kept;
}

// The places take turns, so that one that cannot be reached holds up nobody.
Step next_step(const CleanUp& clean_up, TimestampMs now) {
    std::optional<std::size_t> next;
    for (std::size_t i = 0; i < clean_up.places.size(); ++i) {
        if (!is_over(clean_up, i) &&
            (!next || clean_up.places[i].steps < clean_up.places[*next].steps)) {
            next = i;
        }
    }
    if (!next) {
        return {Step::Kind::Finish, 0,
                !clean_up.places.empty() &&
                    has_fallen(clean_up.places.front(), before_of(clean_up, 0))};
    }
    if (now >= clean_up.last_step_at && now - clean_up.last_step_at < kStepPauseMs) {
        return {};
    }
    return {Step::Kind::Clean, *next, false};
}

void note_step(CleanUp& clean_up, std::size_t place, TimestampMs now, std::optional<double> bytes,
               std::string problem) {
    clean_up.last_step_at = now;
    Place& target = clean_up.places.at(place);
    ++target.steps;
    if (bytes) {
        target.bytes = bytes;
        if (!target.first_bytes) {
            target.first_bytes = bytes;
        }
    }
    problem.resize(std::min(problem.size(), kProblemBytesMax));
    target.problem = std::move(problem);
}

std::string describe(const CleanUp& clean_up) {
    std::string out;
    for (std::size_t i = 0; i < clean_up.places.size(); ++i) {
        const Place& place = clean_up.places[i];
        const auto before = before_of(clean_up, i);
        out += i == 0 ? "" : "; ";
        out += i == 0 ? "the logs here: " : "forwarder " + std::to_string(i) + ": ";
        out += (before ? readable_bytes(*before) : "unknown") + " before, " +
               (place.bytes ? readable_bytes(*place.bytes) : "unknown") + " after " +
               std::to_string(place.steps) + " steps";
        if (!place.problem.empty()) {
            out += " (" + place.problem + ")";
        }
    }
    return out;
}

std::string to_json(const CleanUp& clean_up) {
    json places = json::array();
    for (const Place& place : clean_up.places) {
        json entry{{"steps", place.steps}, {"problem", place.problem}};
        if (place.first_bytes) {
            entry["first_bytes"] = *place.first_bytes;
        }
        if (place.bytes) {
            entry["bytes"] = *place.bytes;
        }
        places.push_back(std::move(entry));
    }
    const json out{{"drop", clean_up.drop},
                   {"last_step_at", clean_up.last_step_at},
                   {"places", std::move(places)}};
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<CleanUp> clean_up_from_json(std::string_view text) {
    const json in = json::parse(text, nullptr, false);
    try {
        CleanUp out;
        out.drop = in.at("drop").get<long long>();
        out.last_step_at = in.at("last_step_at").get<TimestampMs>();
        for (const json& entry : in.at("places")) {
            Place place;
            place.steps = entry.at("steps").get<unsigned>();
            place.problem = entry.at("problem").get<std::string>();
            if (entry.contains("first_bytes")) {
                place.first_bytes = entry.at("first_bytes").get<double>();
            }
            if (entry.contains("bytes")) {
                place.bytes = entry.at("bytes").get<double>();
            }
            out.places.push_back(std::move(place));
        }
        return out;
    } catch (const json::exception&) {
        return std::nullopt; // as good as nothing kept
    }
}

} // namespace opsmon::remedy

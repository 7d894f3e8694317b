#include "core/ladder.hpp"

#include "core/forecast.hpp"

namespace opsmon::core {
namespace {

constexpr TimeUs kMinuteUs = 60 * kUsPerSecond;
constexpr TimeUs kHourUs = 60 * kMinuteUs;
constexpr std::uint32_t kBetterLooksNeeded = 2;
constexpr Bytes kFenceBytesMin = 64 * kBytesPerMiB;

constexpr RungRow kLadder[kRungs] = {
    {Rung::Calm, "calm", 0, 0, ForecastUse::None, 0, RungVolumes::All, "nothing"},
    {Rung::Watch, "watch", 250, 4 * kHourUs, ForecastUse::Earlier, 10 * kUsPerSecond,
     RungVolumes::All, "tells who holds the space and what to type"},
    {Rung::Relieve, "relieve", 150, 30 * kMinuteUs, ForecastUse::Earlier, 10 * kUsPerSecond,
     RungVolumes::WalOnly, "asks for a checkpoint, if one would free something"},
    {Rung::Evict, "evict", 80, 5 * kMinuteUs, ForecastUse::Later, 10 * kUsPerSecond,
     RungVolumes::WalOnly, "takes one consumer at a time whose policy allows it"},
    {Rung::Fence, "fence", 20, 0, ForecastUse::None, kUsPerSecond, RungVolumes::WalAndData,
     "stops what writes until there is room again"},
    {Rung::Rescue, "rescue", 0, 0, ForecastUse::None, kUsPerSecond, RungVolumes::WalAndData,
     "releases the ballast; the fence stays"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kRungs; ++i) {
        if (kLadder[i].rung != static_cast<Rung>(i)) {
            return false;
        }
    }
    return true;
}
static_assert(in_order(), "row_of() indexes by rung");

constexpr std::size_t index_of(Rung rung) {
    return static_cast<std::size_t>(rung);
}

constexpr Bytes larger(Bytes a, Bytes b) {
    return a > b ? a : b;
}

std::optional<TimeUs> forecast_for(const RungRow& row, const VolumeLook& look) {
    switch (row.forecast) {
    case ForecastUse::None:
        return std::nullopt;
    case ForecastUse::Earlier:
        return earlier(look.full_in_fast, look.full_in_slow);
    case ForecastUse::Later:
        if (!look.full_in_fast || !look.full_in_slow) {
            return std::nullopt;
        }
        return *look.full_in_fast > *look.full_in_slow ? look.full_in_fast : look.full_in_slow;
    }
    return std::nullopt;
}

bool applies(const RungRow& row, VolumeKind volume) {
    switch (row.volumes) {
    case RungVolumes::All:
        return true;
    case RungVolumes::WalAndData:
        return volume != VolumeKind::Tablespace;
    case RungVolumes::WalOnly:
        return volume == VolumeKind::Wal;
    }
    return false;
}

// Does the look put the volume on this rung? `margin` asks the same with half as much again.
Trigger demanded(const RungRow& row, const VolumeLook& look, const Thresholds& thresholds,
                 bool margin) {
    const Bytes free_limit = thresholds.free_bytes[index_of(row.rung)];
    if (look.free_bytes < (margin ? with_margin(free_limit) : free_limit)) {
        return Trigger::FreeBytes;
    }
    const TimeUs time_limit = margin ? row.full_in_us * 3 / 2 : row.full_in_us;
    const std::optional<TimeUs> full_in = forecast_for(row, look);
    return full_in && *full_in < time_limit ? Trigger::Forecast : Trigger::None;
}

struct Demand {
    Rung rung;
    Trigger trigger;
};

Demand highest_demand(const VolumeLook& look, const Thresholds& thresholds, VolumeKind volume,
                      bool margin) {
    for (std::size_t i = kRungs - 1; i > 0; --i) {
        const RungRow& row = kLadder[i];
        if (!applies(row, volume)) {
            continue;
        }
        if (const Trigger trigger = demanded(row, look, thresholds, margin);
            trigger != Trigger::None) {
            return {row.rung, trigger};
        }
    }
    return {Rung::Calm, Trigger::Recovered};
}

} // namespace

const char* name_of(ForecastUse use) {
    switch (use) {
    case ForecastUse::None:
        return "";
    case ForecastUse::Earlier:
        return "burst or trend";
    case ForecastUse::Later:
        return "burst and trend";
    }
    return "";
}

const char* name_of(RungVolumes volumes) {
    switch (volumes) {
    case RungVolumes::All:
        return "wal, data, tablespaces";
    case RungVolumes::WalAndData:
        return "wal, data";
    case RungVolumes::WalOnly:
        return "wal";
    }
    return "";
}

const RungRow& row_of(Rung rung) {
    return kLadder[index_of(rung)];
}

Thresholds resolve(const Thresholds& wanted, const VolumeShape& volume) {
    Thresholds out{};
    const auto share = [&](Rung rung) {
        return volume.size_bytes / 1000 * row_of(rung).default_free_permille;
    };
    const auto put = [&](Rung rung, Bytes default_bytes) {
        const Bytes own = wanted.free_bytes[index_of(rung)];
        return out.free_bytes[index_of(rung)] = own != 0 ? own : default_bytes;
    };
    const Bytes rescue = put(Rung::Rescue, volume.segment_bytes);
    // Two segments are always lost before a fence holds, and two more are what recovery needs.
    const Bytes fence =
        larger(put(Rung::Fence, larger(larger(share(Rung::Fence), kFenceBytesMin),
                                       larger(4 * volume.segment_bytes, 2 * rescue))),
               least_fence_bytes(volume.segment_bytes));
    out.free_bytes[index_of(Rung::Fence)] = fence;
    const Bytes evict = put(Rung::Evict, larger(share(Rung::Evict), 2 * fence));
    const Bytes relieve = put(Rung::Relieve, larger(share(Rung::Relieve), evict / 4 * 5));
    put(Rung::Watch, larger(share(Rung::Watch), relieve / 4 * 5));
    return out;
}

std::optional<Rung> misordered(const Thresholds& thresholds) {
    for (std::size_t i = index_of(Rung::Watch); i < index_of(Rung::Rescue); ++i) {
        if (thresholds.free_bytes[i] <= thresholds.free_bytes[i + 1]) {
            return static_cast<Rung>(i);
        }
    }
    return std::nullopt;
}

LadderStep step(LadderState& state, const VolumeLook& look, const Thresholds& thresholds,
                VolumeKind volume, TimeUs steady_us) {
    const Rung from = state.rung;
    if (!look.fresh) {
        state.better_looks = 0;
        return {from, from, Trigger::None, Rung::Calm};
    }
    const Demand up = highest_demand(look, thresholds, volume, /* margin */ false);
    if (up.rung > from) {
        state = {up.rung, 0, 0};
        return {from, up.rung, up.trigger, up.rung};
    }
    const Demand stay = highest_demand(look, thresholds, volume, /* margin */ true);
    if (stay.rung >= from) {
        state.better_looks = 0;
        return {from, from, Trigger::None, up.rung};
    }
    if (state.better_looks == 0) {
        state.better_since = steady_us;
    }
    ++state.better_looks;
    if (state.better_looks < kBetterLooksNeeded ||
        steady_us - state.better_since < row_of(from).hold_us) {
        return {from, from, Trigger::None, up.rung};
    }
    state = {stay.rung, 0, 0};
    return {from, stay.rung, Trigger::Recovered, up.rung};
}

} // namespace opsmon::core

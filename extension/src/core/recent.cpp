#include "core/recent.hpp"

namespace opsmon::core {
namespace {

// Whatever the arrays hold, kRecentWordsMax has room for: see the assertion below.
class Packer {
public:
    explicit Packer(unsigned char* target) : at_(target), begin_(target) {}

    template <typename T>
    void number(T value) {
        std::memcpy(at_, &value, sizeof value);
        at_ += sizeof value;
    }

    template <std::size_t N>
    void text(const Text<N>& value) {
        static_assert(N <= 256, "the length is one byte");
        const std::size_t length = strnlen(value.bytes, N - 1);
        *at_++ = static_cast<unsigned char>(length);
        std::memcpy(at_, value.bytes, length);
        at_ += length;
    }

    [[nodiscard]] std::size_t words() const {
        const auto bytes = static_cast<std::size_t>(at_ - begin_);
        return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    }

private:
    unsigned char* at_;
    unsigned char* begin_;
};

constexpr std::size_t kBytesMax =
    sizeof(RecentHeader) + kVolumesMax * (sizeof(RecentVolume) + 1) +
    kSlotsMax * (sizeof(Name) + 1 + 2 + 8) +
    kSendersMax * (sizeof(Name) + sizeof(Text<48>) + sizeof(Text<16>) + 3 + 3 * 8) +
    kStatesMax * (sizeof(RecentState) + 1);
static_assert(kBytesMax <= kRecentWordsMax * sizeof(std::uint64_t));
static_assert(kRecentWordsMax * 4 <= kRecentWords, "the ring holds a few of the largest");

std::int64_t number_or_unknown(std::optional<Bytes> value) {
    return value ? to_signed(*value) : kUnknownNumber;
}

template <std::size_t N, std::size_t M>
void append(Text<N>& target, const Text<M>& source) {
    const std::size_t used = strnlen(target.bytes, N - 1);
    const std::size_t length = strnlen(source.bytes, M - 1);
    const std::size_t kept = length < N - 1 - used ? length : N - 1 - used;
    std::memcpy(target.bytes + used, source.bytes, kept);
    target.bytes[used + kept] = '\0';
}

void pack_volume(Packer& packer, const Volume& volume) {
    Text<96> name;
    name.assign(name_of(volume.kind));
    if (volume.kind == VolumeKind::Tablespace) {
        name.assign("tablespace:");
        append(name, volume.tablespace);
    }
    packer.text(name);
    packer.number(volume.known ? to_signed(volume.size_bytes) : kUnknownNumber);
    packer.number(volume.known ? to_signed(volume.free_bytes) : kUnknownNumber);
    packer.number(volume.known && volume.counts_inodes ? to_signed(volume.free_inodes)
                                                       : kUnknownNumber);
}

void pack_slot(Packer& packer, const Slot& slot, Lsn current) {
    packer.text(slot.name);
    packer.number(static_cast<std::uint8_t>(slot.wal));
    packer.number(static_cast<std::uint8_t>(slot.active_pid != 0 ? 1 : 0));
    packer.number(number_or_unknown(retained_bytes(slot, current)));
}

void pack_sender(Packer& packer, const Sender& sender, Lsn current) {
    packer.text(sender.slot_name.empty() ? sender.application_name : sender.slot_name);
    packer.text(sender.client_addr);
    packer.text(sender.state);
    packer.number(number_or_unknown(lag_bytes(current, sender.replay_lsn)));
    packer.number(number_or_unknown(lag_bytes(current, sender.sent_lsn)));
    packer.number(sender.replay_lag_us ? *sender.replay_lag_us : kUnknownNumber);
}

RecentHeader header_of(const SamplerSample& sampler, const GuardSample* volumes,
                       const GuardSample* slots) {
    const bool known = sampler.wal_directory_known;
    RecentHeader header{};
    header.sampled_at = sampler.sampled_at;
    header.current_lsn = sampler.current_lsn;
    header.directory_bytes = known ? to_signed(sampler.wal_directory.bytes) : kUnknownNumber;
    header.recycled_bytes =
        known ? to_signed(sampler.wal_directory.recycled_bytes) : kUnknownNumber;
    header.archived_count = sampler.archiver.archived_count;
    header.failed_count = sampler.archiver.failed_count;
    header.archiver_reset_at = sampler.archiver.stats_reset_at;
    header.timeline = sampler.timeline;
    header.in_recovery = sampler.in_recovery ? 1 : 0;
    header.volumes_known = volumes != nullptr ? 1 : 0;
    header.slots_known = slots != nullptr ? 1 : 0;
    header.volume_count = volumes != nullptr ? volumes->volume_count : 0;
    header.slot_count = slots != nullptr ? slots->slot_count : 0;
    header.sender_count = sampler.sender_count;
    header.state_count = sampler.state_count;
    return header;
}

bool is_recent(TimeUs shown_at, TimeUs now) {
    return shown_at > now - kGuardStaleUs;
}

} // namespace

std::size_t pack(const SamplerSample& sampler, const GuardSample* guard, std::uint64_t* target) {
    const bool shown = guard != nullptr;
    const GuardSample* volumes =
        shown && is_recent(guard->sampled_at, sampler.sampled_at) ? guard : nullptr;
    const GuardSample* slots =
        shown && is_recent(guard->slots_sampled_at, sampler.sampled_at) ? guard : nullptr;
    RecentHeader header = header_of(sampler, volumes, slots);
    auto* bytes = reinterpret_cast<unsigned char*>(target);
    Packer packer(bytes);
    packer.number(header);
    for (std::uint32_t i = 0; i < header.volume_count; ++i) {
        pack_volume(packer, volumes->volumes[i]);
    }
    for (std::uint32_t i = 0; i < header.slot_count; ++i) {
        pack_slot(packer, slots->slots[i], current_lsn(slots->wal));
    }
    for (std::uint32_t i = 0; i < header.sender_count; ++i) {
        pack_sender(packer, sampler.senders[i], sampler.current_lsn);
    }
    for (std::uint32_t i = 0; i < header.state_count; ++i) {
        packer.text(sampler.states[i].state);
        packer.number(sampler.states[i].sessions);
    }
    header.words = packer.words();
    std::memcpy(target, &header.words, sizeof header.words);
    return header.words;
}

RecentReader::RecentReader(const std::uint64_t* record, std::size_t words)
    : at_(reinterpret_cast<const unsigned char*>(record)),
      end_(reinterpret_cast<const unsigned char*>(record + words)) {
    take(&header_, sizeof header_);
}

void RecentReader::take(void* value, std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) {
        std::memset(value, 0, bytes);
        at_ = end_;
        return;
    }
    std::memcpy(value, at_, bytes);
    at_ += bytes;
}

template <typename T>
T RecentReader::number() {
    T value;
    take(&value, sizeof value);
    return value;
}

template <std::size_t N>
void RecentReader::text(Text<N>& target) {
    char copy[256];
    const auto length = number<std::uint8_t>();
    take(copy, length);
    target.assign(copy, length);
}

RecentVolume RecentReader::volume() {
    RecentVolume volume;
    text(volume.name);
    volume.size_bytes = number<std::int64_t>();
    volume.free_bytes = number<std::int64_t>();
    volume.free_inodes = number<std::int64_t>();
    return volume;
}

RecentSlot RecentReader::slot() {
    RecentSlot slot;
    text(slot.name);
    slot.wal = static_cast<SlotWal>(number<std::uint8_t>());
    slot.active = number<std::uint8_t>() != 0;
    slot.retained_bytes = number<std::int64_t>();
    return slot;
}

RecentSender RecentReader::sender() {
    RecentSender sender;
    text(sender.consumer);
    text(sender.client_addr);
    text(sender.state);
    sender.lag_bytes = number<std::int64_t>();
    sender.unsent_bytes = number<std::int64_t>();
    sender.replay_lag_us = number<std::int64_t>();
    return sender;
}

RecentState RecentReader::state() {
    RecentState state;
    text(state.state);
    state.sessions = number<std::int32_t>();
    return state;
}

} // namespace opsmon::core

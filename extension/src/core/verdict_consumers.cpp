#include "core/verdict_consumers.hpp"

namespace opsmon::core {
namespace {

std::uint32_t digits_of(Bytes bytes) {
    std::uint32_t digits = 0;
    for (; bytes > 0; bytes /= 10) {
        ++digits;
    }
    return digits;
}

void add_left(Findings& findings, const Slot& slot, TimeUs away, Bytes held) {
    findings.bad(5500 + digits_of(held), Sentence()
                                             .add("Slot ")
                                             .add(slot.name.bytes)
                                             .add(" has had no consumer for ")
                                             .span(away)
                                             .add(" and holds back ")
                                             .size(held)
                                             .add(" of WAL"));
}

const RememberedConsumer* remembered_slot(const VerdictFacts& facts, const Slot& slot) {
    std::uint32_t low = 0;
    std::uint32_t high = facts.remembered_count;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (std::strcmp(facts.remembered[middle].name.bytes, slot.name.bytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < facts.remembered_count; ++low) { // of one name there may be several kinds
        const RememberedConsumer& consumer = facts.remembered[low];
        if (std::strcmp(consumer.name.bytes, slot.name.bytes) != 0) {
            break;
        }
        if (std::strcmp(consumer.kind.bytes, "slot") == 0) {
            return &consumer;
        }
    }
    return nullptr;
}

// Slots nobody uses and nobody is missed at. Each reaches back on its own: what the farthest keeps
// is what all of them keep.
struct Unused {
    std::uint32_t count;
    const Slot* farthest;
    Bytes held;
};

bool is_expected_to_leave(const RememberedConsumer* consumer) {
    return consumer != nullptr && consumer->expected == Expected::No;
}

// The initial copy of a table: its worker has made the slot and copies through the same connection,
// which is named after the slot, and takes WAL through it only when the copy is done.
bool is_being_copied(const VerdictFacts& facts, const Slot& slot) {
    if (!slot.logical || std::strncmp(slot.name.bytes, "pg_", 3) != 0 ||
        std::strstr(slot.name.bytes, "_sync_") == nullptr || facts.sampler == nullptr) {
        return false;
    }
    for (std::uint32_t i = 0; i < facts.sampler->sender_count; ++i) {
        if (facts.sampler->senders[i].application_name.equals(slot.name)) {
            return true;
        }
    }
    return false;
}

// Nobody was seen at it since the server started. Not for it: a slot whose position somebody else
// moves, as Patroni does on replicas.
void judge_unused(const VerdictFacts& facts, const Slot& slot, const RememberedConsumer* consumer,
                  Bytes held, Findings& findings, Unused& unused) {
    constexpr TimeUs kMovedByOthersUs = 2 * kUsPerSecond;
    constexpr TimeUs kPatienceUs = 30 * kUsPerSecond;
    if (slot.lifetime == SlotLifetime::Temporary || slot.synced ||
        slot.last_progress_at > slot.inactive_since + kMovedByOthersUs) {
        return;
    }
    const TimeUs unused_us = facts.now - slot.inactive_since;
    const Remembered state = consumer != nullptr ? consumer->state : Remembered::Other;
    const bool was_seen = slot.last_active_at != 0; // by this start of the server
    if (!was_seen && (state == Remembered::Missing || state == Remembered::Vanished)) {
        const TimeUs away_us =
            consumer->state_since != 0 ? facts.now - consumer->state_since : unused_us;
        if (state == Remembered::Vanished || unused_us > kPatienceUs) {
            add_left(findings, slot, away_us > unused_us ? away_us : unused_us, held);
        } else {
            findings.warn(2300, Sentence()
                                    .add("Slot ")
                                    .add(slot.name.bytes)
                                    .add(" has waited for its consumer for ")
                                    .span(unused_us)
                                    .add(", since PostgreSQL started"));
        }
        return;
    }
    ++unused.count;
    if (unused.farthest == nullptr || held > unused.held) {
        unused.farthest = &slot;
        unused.held = held;
    }
}

void judge_slot(const VerdictFacts& facts, const Slot& slot, Findings& findings, Unused& unused) {
    constexpr TimeUs kReconnectsUs = 5 * kUsPerSecond;
    const Lsn current = current_lsn(facts.guard->wal);
    if (slot.wal == SlotWal::Lost) {
        findings.bad(
            5000,
            Sentence().add("Slot ").add(slot.name.bytes).add(" has lost WAL its consumer needs"));
        return;
    }
    const std::optional<Bytes> held = retained_bytes(slot, current);
    if (slot.inactive_since == 0) {
        return;
    }
    const RememberedConsumer* consumer = remembered_slot(facts, slot);
    const bool is_known_to_be_gone =
        slot.last_active_at == 0 && consumer != nullptr && consumer->state == Remembered::Vanished;
    const bool may_reconnect =
        facts.now - slot.inactive_since <= kReconnectsUs && !is_known_to_be_gone;
    if (may_reconnect || is_expected_to_leave(consumer) || is_being_copied(facts, slot)) {
        return;
    }
    if (slot.had_consumer && wal_since_progress_bytes(slot, current).value_or(0) > 0) {
        add_left(findings, slot, facts.now - slot.inactive_since, held.value_or(0));
    } else if (held) {
        judge_unused(facts, slot, consumer, *held, findings, unused);
    }
}

void judge_slots(const VerdictFacts& facts, Findings& findings) {
    Unused unused{};
    for (std::uint32_t i = 0; i < facts.guard->slot_count; ++i) {
        judge_slot(facts, facts.guard->slots[i], findings, unused);
    }
    if (unused.count == 1) {
        findings.warn(2200, Sentence()
                                .add("Slot ")
                                .add(unused.farthest->name.bytes)
                                .add(" has no consumer; it holds ")
                                .size(unused.held));
    } else if (unused.count > 1) {
        findings.warn(2200, Sentence()
                                .number(unused.count)
                                .add(" slots have no consumer; they hold ")
                                .size(unused.held));
    }
    if (facts.guard->slots_omitted > 0) {
        findings.warn(2150, Sentence()
                                .number(facts.guard->slots_omitted)
                                .add(" slots are beyond those that are watched"));
    }
}

bool is_kind(const RememberedConsumer& consumer, const char* kind) {
    return std::strcmp(consumer.kind.bytes, kind) == 0;
}

void add_since(Sentence& words, const VerdictFacts& facts, const RememberedConsumer& consumer) {
    if (consumer.state_since != 0) {
        words.add(" for ").span(facts.now - consumer.state_since);
    }
}

// Its cluster keeps every change for it, in tables: that fills the data volume.
void judge_slony_node(const VerdictFacts& facts, const RememberedConsumer& node,
                      Findings& findings) {
    if (node.state != Remembered::Vanished || node.expected == Expected::No) {
        return;
    }
    Sentence words;
    words.add("The Slony node ").add(node.name.bytes).add(" has been away");
    add_since(words, facts, node);
    findings.bad(5500, words.add(", and its cluster keeps its log for it"));
}

// They keep no WAL: nothing fills up, but people have said that they belong here.
void judge_expected(const VerdictFacts& facts, const RememberedConsumer& consumer,
                    Findings& findings) {
    // A slot that is there is judged by what it holds, a node of Slony by itself.
    const bool is_gone = consumer.state == Remembered::Dropped ||
                         (consumer.state == Remembered::Vanished && !is_kind(consumer, "slot") &&
                          !is_kind(consumer, "slony_node"));
    if (consumer.expected != Expected::Yes || !is_gone) {
        return;
    }
    Sentence words;
    words.add("The ");
    words.add(is_kind(consumer, "slony_node") ? "Slony node" : consumer.kind.bytes);
    words.add(" ").add(consumer.name.bytes).add(" is expected, and has been gone");
    add_since(words, facts, consumer);
    findings.warn(2800, words);
}

void judge_remembered(const VerdictFacts& facts, Findings& findings) {
    for (std::uint32_t i = 0; i < facts.remembered_count; ++i) {
        judge_expected(facts, facts.remembered[i], findings);
        if (is_kind(facts.remembered[i], "slony_node")) {
            judge_slony_node(facts, facts.remembered[i], findings);
        }
    }
    if (facts.inventory_locked) {
        findings.warn(2100, Sentence().add("Who left before the server started is not known: "
                                           "somebody has opsmon.consumers locked"));
    }
}

} // namespace

const char* name_of(Remembered state) {
    switch (state) {
    case Remembered::Other:
        return "";
    case Remembered::Missing:
        return "missing";
    case Remembered::Vanished:
        return "vanished";
    case Remembered::Dropped:
        return "dropped";
    }
    return "";
}

void judge_consumers(const VerdictFacts& facts, Findings& findings) {
    judge_slots(facts, findings);
    judge_remembered(facts, findings);
}

} // namespace opsmon::core

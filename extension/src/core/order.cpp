#include "core/order.hpp"

namespace opsmon::core {
namespace {

bool has_moved(const Order& order, const SlotNow& slot) {
    return slot.restart_lsn != order.restart_lsn ||
           slot.confirmed_flush_lsn != order.confirmed_flush_lsn;
}

// WAL is freed in whole segments. One that stands where it stood frees what was counted on, be it
// together with others.
bool frees_nothing_any_more(const Order& order, const SlotNow& slot, Bytes segment_bytes) {
    if (slot.restart_lsn == kUnknownLsn) {
        return true; // the server has taken its WAL away meanwhile
    }
    if (order.then_oldest_lsn == kUnknownLsn || segment_bytes == 0) {
        return false;
    }
    const std::uint64_t segment = slot.restart_lsn / segment_bytes;
    return segment != order.restart_lsn / segment_bytes &&
           segment >= order.then_oldest_lsn / segment_bytes;
}

} // namespace

const char* change_since(const Order& order, const SlotNow& slot, Bytes segment_bytes) {
    if (slot.is_temporary) {
        return "the slot is a temporary one and goes with its session";
    }
    if (slot.is_synced) {
        return "the slot belongs to the primary: evict it there";
    }
    if (must_stand(order.said)) {
        if (has_moved(order, slot)) {
            return "somebody takes WAL from the slot again";
        }
        // (Whoever was there, and is being ended, may only be back.)
        if (order.active_pid == 0 && slot.active_pid != 0) {
            return "somebody has connected to the slot again";
        }
    }
    if (order.must_free && frees_nothing_any_more(order, slot, segment_bytes)) {
        return "its consumer has got on: taking the slot would free nothing";
    }
    return nullptr;
}

const char* change_of_mind(const Order& order, const PolicyRow& said) {
    if (said.policy == Policy::Protect) {
        return "the slot has been protected meanwhile";
    }
    const bool is_same =
        said.policy == order.said.policy && said.is_guess == order.said.is_guess &&
        said.has_max_retained == order.said.has_max_retained &&
        (!said.has_max_retained || said.max_retained_bytes == order.said.max_retained_bytes);
    return is_same ? nullptr : "what opsmon.consumers says of the slot has changed meanwhile";
}

} // namespace opsmon::core

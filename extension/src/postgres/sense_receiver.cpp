#include "postgres/sense.hpp"

#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "replication/walreceiver.h"
#include "storage/spin.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {
namespace {

// The receiver asks the primary after half of its time; who does not answer soon is silent.
core::TimeUs longest_silence() {
    return wal_receiver_timeout > 0
               ? core::TimeUs{wal_receiver_timeout} * 1000 / 2 + 5 * core::kUsPerSecond
               : 60 * core::kUsPerSecond;
}

} // namespace

void stream(core::VerdictFacts& facts) {
    facts.stream = core::Stream::NotAStandby;
    if (!RecoveryInProgress()) {
        return;
    }
    facts.replay_paused = GetRecoveryPauseState() != RECOVERY_NOT_PAUSED;
    SpinLockAcquire(&WalRcv->mutex);
    const bool streams = WalRcv->walRcvState == WALRCV_STREAMING;
    const core::TimeUs heard_at = WalRcv->lastMsgReceiptTime;
    SpinLockRelease(&WalRcv->mutex);
    if (!streams) {
        const bool wants_stream = PrimaryConnInfo != nullptr && PrimaryConnInfo[0] != '\0';
        facts.stream = wants_stream ? core::Stream::Broken : core::Stream::NotAStandby;
        return;
    }
    facts.silent_us = worker::now() - heard_at;
    facts.stream = heard_at != 0 && facts.silent_us > longest_silence() ? core::Stream::Silent
                                                                        : core::Stream::Fine;
}

} // namespace opsmon::sense

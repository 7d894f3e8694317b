#include <re2/re2.h>

#include "collect/probe/probe_kinds.hpp"
#include "collect/probe/wire.hpp"

namespace opsmon::collect {
namespace {

constexpr std::size_t kMaxAnswerBytes = 16 * 1024;

// Reads until `pattern` matches; what it matched, and all before, is used up.
bool expect(Wire& wire, const std::string& pattern, std::string& pending, ProbeOutcome& out) {
    const RE2 compiled('(' + pattern + ')', RE2::Quiet);
    for (;;) {
        re2::StringPiece found;
        if (!pending.empty() && RE2::PartialMatch(pending, compiled, &found)) {
            pending.erase(0,
                          static_cast<std::size_t>(found.data() - pending.data()) + found.size());
            return true;
        }
        if (pending.size() >= kMaxAnswerBytes) {
            return out.fail(Reason::TooLarge, "16 KiB came and did not match");
        }
        switch (wire.receive(pending, kMaxAnswerBytes - pending.size())) {
        case Wire::Got::Bytes:
            break;
        case Wire::Got::End:
            return out.fail(Reason::Expect, "closed before what was expected came");
        case Wire::Got::Failed:
            return false;
        }
    }
}

} // namespace

void probe_tcp(const config::Service& service, Resolver& resolver, SteadyTime deadline,
               ProbeOutcome& out) {
    Wire wire(out, deadline);
    if (!wire.connect(resolver, service.address) ||
        (service.tls.over_tcp && !wire.start_tls(service.tls, service.address.host))) {
        return;
    }
    std::string pending;
    for (std::size_t i = 0; i < service.steps.size(); ++i) {
        const config::TcpStep& step = service.steps[i];
        if ((!step.send.empty() && !wire.send(step.send)) ||
            (!step.expect.empty() && !expect(wire, step.expect, pending, out))) {
            return;
        }
        out.step("step " + std::to_string(i + 1) + " done");
    }
}

} // namespace opsmon::collect

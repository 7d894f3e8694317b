#include "core/volume.hpp"

namespace opsmon::core {

void measure(Volume& volume, const VolumeFacts& facts) {
    volume.read_only = facts.read_only;
    volume.size_bytes = saturating_multiply(facts.fragments_total, facts.fragment_bytes);
    volume.free_bytes = saturating_multiply(facts.fragments_usable, facts.fragment_bytes);
    volume.counts_inodes = facts.inodes_total != 0;
    volume.total_inodes = facts.inodes_total;
    volume.free_inodes = facts.inodes_usable;
    volume.known = facts.fragment_bytes != 0 && facts.fragments_total != 0 &&
                   facts.fragments_usable <= facts.fragments_total &&
                   facts.inodes_usable <= facts.inodes_total;
}

Bytes room_of(const Volume& volume, Bytes bytes_per_inode) {
    if (!volume.counts_inodes) {
        return volume.free_bytes;
    }
    const Bytes room_for_files = saturating_multiply(volume.free_inodes, bytes_per_inode);
    return room_for_files < volume.free_bytes ? room_for_files : volume.free_bytes;
}

} // namespace opsmon::core

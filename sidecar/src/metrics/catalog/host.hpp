#pragma once
// This component is the part of the catalog for the machine: CPU, memory, disks, cgroups.
// metrics/catalog_table.hpp joins the parts; nobody else includes it.

#include "metrics/metric_spec.hpp"

namespace opsmon::metrics {

// One row is two or three lines that belong together.
// clang-format off
inline constexpr auto kHostMetrics = std::to_array<MetricSpec>({
    {"system_cpu_usage_percent", Kind::Gauge, "cpu", "percent", {},
     "Share of CPU time that was not idle since the cycle before, all cores together, 0 to "
     "100."},
    {"system_cpu_seconds_total", Kind::Counter, "cpu", "seconds", {"mode"},
     "CPU time since boot, all cores together, by mode: user, nice, system, idle, iowait, irq, "
     "softirq, steal. Guest time is in user and nice. A mode that the kernel sets back by less "
     "than a minute keeps its last value."},
    {"system_cpu_cores", Kind::Gauge, "cpu", "", {}, "CPUs that are online."},
    {"system_load1", Kind::Gauge, "load", "", {},
     "Tasks that ran or waited for a CPU or a disk, average of the last minute."},
    {"system_load5", Kind::Gauge, "load", "", {}, "The same over the last 5 minutes."},
    {"system_load15", Kind::Gauge, "load", "", {}, "The same over the last 15 minutes."},
    {"system_pressure_waiting_seconds_total", Kind::Counter, "pressure", "seconds", {"resource"},
     "Time in which at least one task waited for the resource: cpu, io or memory (PSI, some). "
     "Absent where the kernel does not measure it."},
    {"system_pressure_stalled_seconds_total", Kind::Counter, "pressure", "seconds", {"resource"},
     "Time in which no task got any further for want of the resource: io or memory (PSI, full). "
     "Absent where the kernel does not measure it."},
    {"system_memory_usage_percent", Kind::Gauge, "memory", "percent", {},
     "Share of memory that is not available without swapping, 0 to 100."},
    {"system_memory_total_bytes", Kind::Gauge, "memory", "bytes", {}, "Memory of the machine."},
    {"system_memory_available_bytes", Kind::Gauge, "memory", "bytes", {},
     "Memory that programs can still get without swapping, as the kernel estimates it."},
    {"system_memory_swap_total_bytes", Kind::Gauge, "memory", "bytes", {}, "Size of the swap."},
    {"system_memory_swap_free_bytes", Kind::Gauge, "memory", "bytes", {}, "Free swap."},
    {"system_memory_huge_pages", Kind::Gauge, "memory", "", {},
     "Huge pages of the default size that are set aside."},
    {"system_memory_huge_pages_free", Kind::Gauge, "memory", "", {},
     "Those of them that nobody uses."},
    {"system_memory_huge_page_size_bytes", Kind::Gauge, "memory", "bytes", {},
     "Default size of a huge page."},
    {"system_disk_usage_percent", Kind::Gauge, "disk", "percent", {"mount_point"},
     "Used share of the space that an unprivileged process may use, as df shows it, 0 to 100."},
    {"system_disk_size_bytes", Kind::Gauge, "disk", "bytes", {"mount_point"},
     "Size of the file system."},
    {"system_disk_free_bytes", Kind::Gauge, "disk", "bytes", {"mount_point"},
     "Free bytes, with those that only root may use."},
    {"system_disk_available_bytes", Kind::Gauge, "disk", "bytes", {"mount_point"},
     "Bytes that an unprivileged process can still write."},
    {"system_disk_inodes", Kind::Gauge, "disk", "", {"mount_point"},
     "Files that the file system has room for; absent where it does not count them (btrfs)."},
    {"system_disk_free_inodes", Kind::Gauge, "disk", "", {"mount_point"},
     "Files that an unprivileged process can still make; absent as the inodes are."},
    {"system_disk_read_only", Kind::Gauge, "disk", "", {"mount_point"},
     "1 when nothing can be written to the mount, whether it is meant to be so or not, else 0. By "
     "the word of process 1; absent where the sidecar cannot see it and only its own sandbox says "
     "so."},
    {"system_disk_read_only_by_error", Kind::Gauge, "disk", "", {"mount_point"},
     "1 when the mount is writable and its file system is not: the kernel has stopped writing "
     "after an error. Else 0; absent as system_disk_read_only is."},
    {"system_disk_unanswered", Kind::Gauge, "disk", "", {"mount_point"},
     "1 when the file system did not answer in time (a dead NFS server), else 0. Its other values "
     "are absent meanwhile."},
    {"system_disk_info", Kind::Gauge, "disk", "", {"mount_point", "device", "fstype"},
     "1; says what is mounted there."},
    {"system_disk_io_reads_total", Kind::Counter, "disk_io", "", {"device"},
     "Reads that the block device has completed. A device mapper's are its disks' once more."},
    {"system_disk_io_writes_total", Kind::Counter, "disk_io", "", {"device"},
     "Writes that the block device has completed."},
    {"system_disk_io_read_bytes_total", Kind::Counter, "disk_io", "bytes", {"device"},
     "Bytes read from the block device."},
    {"system_disk_io_written_bytes_total", Kind::Counter, "disk_io", "bytes", {"device"},
     "Bytes written to the block device."},
    {"system_disk_io_read_seconds_total", Kind::Counter, "disk_io", "seconds", {"device"},
     "Time that all reads together took, waiting included."},
    {"system_disk_io_write_seconds_total", Kind::Counter, "disk_io", "seconds", {"device"},
     "Time that all writes together took, waiting included."},
    {"system_disk_io_seconds_total", Kind::Counter, "disk_io", "seconds", {"device"},
     "Time in which the block device had anything to do."},
    {"system_disk_io_weighted_seconds_total", Kind::Counter, "disk_io", "seconds", {"device"},
     "Time in which it had anything to do, times the requests in hand."},
    {"system_disk_io_read_latency_seconds", Kind::Gauge, "disk_io", "seconds", {"device"},
     "Average time of the reads that were completed since the cycle before; absent without any."},
    {"system_disk_io_write_latency_seconds", Kind::Gauge, "disk_io", "seconds", {"device"},
     "Average time of the writes that were completed since the cycle before; absent without any."},
    {"system_cgroup_memory_limit_bytes", Kind::Gauge, "cgroup", "bytes", {"scope"},
     "Smallest memory limit on the way from the cgroup to the root; absent without one. scope is "
     "sidecar or postgresql (only when the server runs on this machine)."},
    {"system_cgroup_memory_usage_bytes", Kind::Gauge, "cgroup", "bytes", {"scope"},
     "Memory charged to the cgroup that has this limit, page cache included; without a limit, to "
     "the cgroup itself."},
    {"system_cgroup_memory_working_set_bytes", Kind::Gauge, "cgroup", "bytes", {"scope"},
     "The same without file cache that is inactive: what cannot be given back at once."},
    {"system_cgroup_cpu_quota_cores", Kind::Gauge, "cgroup", "", {"scope"},
     "Smallest CPU quota on the way from the cgroup to the root, in cores; absent without one."},
    {"system_cgroup_cpu_periods_total", Kind::Counter, "cgroup", "", {"scope"},
     "Periods in which the cgroup that has this quota wanted to run; absent without a quota."},
    {"system_cgroup_cpu_throttled_periods_total", Kind::Counter, "cgroup", "", {"scope"},
     "Those of them in which its quota was used up."},
    {"system_cgroup_cpu_throttled_seconds_total", Kind::Counter, "cgroup", "seconds", {"scope"},
     "Time that it was held up by its quota, all CPUs together."},
    {"system_cgroup_pids", Kind::Gauge, "cgroup", "", {"scope"},
     "Processes and threads in the cgroup that has the limit below; without a limit, in the cgroup "
     "itself."},
    {"system_cgroup_pids_limit", Kind::Gauge, "cgroup", "", {"scope"},
     "Smallest limit of processes and threads on the way to the root; absent without one."},
    {"system_cgroup_oom_kills_total", Kind::Counter, "cgroup", "", {"scope"},
     "Processes of the cgroup that the kernel has killed for want of memory."},
});
// clang-format on

} // namespace opsmon::metrics

/**
 * Beyond the program's own memory: Node, V8, compiled code, and pieces on their way. A fresh sandbox has 50 MiB resident, one
 * that has read or printed tens of MiB 130.
 */
export const RSS_OVERHEAD_BYTES = 192 * 1024 * 1024
/** The isolate ends itself at the deadline, and says so; after this much more, on a busy host too, the node ends it. */
export const WALL_GRACE_MS = 750
/** V8 compiles and collects on threads of its own, so a busy program on one core uses a little more than one. */
export const CPU_SLACK = 2

/** Limits of a repository that is fetched, before any of it becomes a module (`MODULE_LIMITS` holds for that). */
export const GIT_LIMITS = {
  /** what the server may send: one commit of a repository whose files fit a module, with room for what compresses badly */
  responseBytes: 32 * 1024 * 1024,
  /** trees and files of one commit; a module has 256 files */
  objects: 10_000,
  /** one file or tree, unpacked: no file of a module is larger than the module */
  objectBytes: 8 * 1024 * 1024,
  /** all of them: a pack of 32 MiB could unpack to 32 GiB */
  totalBytes: 64 * 1024 * 1024,
  /** git packs with at most 50 by default, 250 where somebody tried hard */
  deltaDepth: 250,
  /** whose base is named by hash, so that their depth is not known beforehand */
  namedDeltas: 1_000,
  /** of the repository's address, such as after a renaming */
  redirects: 3,
  /** from the first packet to the last */
  timeoutMs: 60_000,
  /** repositories kept on disk, the newest */
  cached: 64
} as const

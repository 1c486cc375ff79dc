/** docs/data.md, "A whole DAG over one stream" */
export const CAR_PROTOCOL = '/dcn/car/1.0.0'

export const MIB = 1024 * 1024

export const CAR_LIMITS = {
  /** one control frame: 512 CIDs to send and 512 to leave out take about 45 KiB */
  controlBytes: 64 * 1024,
  /** CIDs in one list of a control frame; what is missing after a cut is asked for in several frames */
  wants: 512,
  skips: 512,
  /** CIDs left out in one stream: every entry of the largest tree, and as many blocks of files */
  skipsInAll: 262_144,
  /** wants of one stream */
  wantsInAll: 262_144,
  /** blocks of one stream: what the sender remembers of it stays below 64 MiB; the receiver opens another stream for the rest */
  blocks: 262_144,
  /** bytes sent and not yet acknowledged: 100 MB/s at a round trip of 80 ms; both sides hold at most this much */
  windowBytes: 8 * MIB,
  /** the receiver tells how far it is at least this often: an eighth of the window */
  creditBytes: MIB,
  /** the largest block taken from anyone, as with bitswap */
  blockBytes: 2 * MIB,
  /** the header names the CIDs of the first control frame */
  headerBytes: 32 * 1024,
  /** a CID in a section: version, codec and sha2-256 */
  cidBytes: 64,
  /** what follows the end of the sections */
  endBytes: 256
} as const

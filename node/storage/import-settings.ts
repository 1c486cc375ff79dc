/**
 * The network's import settings, version 1. A result's digest must not depend on who imports, so these never change within a
 * version: 1 MiB fixed chunks, raw leaves, CIDv1, balanced layout of 1024 links, no mode or mtime, directories sharded (HAMT,
 * 256 wide) when their block would pass 256 KiB. It is the profile unixfs-v1-2025 of IPIP-499, written out.
 */
export const IMPORT_SETTINGS = {
  profile: 'unixfs-v1-2025',
  cidVersion: 1,
  rawLeaves: true,
  reduceSingleLeafToSelf: true,
  shardSplitStrategy: 'block-bytes',
  shardSplitThresholdBytes: 262_144,
  shardFanoutBits: 8,
  fieldOrder: 'links-first'
} as const

/** bytes read from a file at a time: one chunk */
export const CHUNK_BYTES = 1024 * 1024

/** Largest block taken from anyone; kubo's limit. Ours have at most 1 MiB. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024

export const SHA2_256 = 0x12

/** Longest name of a file or directory, in bytes of UTF-8: the limit of common file systems. */
export const MAX_NAME_BYTES = 255

/** Deepest nesting of blocks: directories, shards and the layers of a file together. */
export const MAX_DEPTH = 128

/** Files and directories of one tree, unless the caller says otherwise. */
export const MAX_ENTRIES = 100_000

/** Links of one block: four times what our own importer makes, so that other importers' trees pass. */
export const MAX_LINKS = 8192

import type { Command } from 'commander'

/** `dcn node --data-dir X status` means the same as with the flag at the end. */
export const withParents = <T extends object>(options: T, command: Command): T =>
  ({ ...command.optsWithGlobals(), ...options }) as T

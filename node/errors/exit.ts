/** Exit codes of the commands: what a script can tell apart without reading text. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noMatch: 3,
  network: 4,
  money: 5,
  notProvable: 6,
  interrupted: 130
} as const
export type ExitName = keyof typeof EXIT
export type ExitCode = (typeof EXIT)[ExitName]

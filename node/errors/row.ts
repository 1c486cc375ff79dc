import type { ExitName } from './exit.ts'

/** What every interface says of an error: its name is stable, the message of one case says more. */
export interface ErrorRow {
  /** of an HTTP answer. Beside a job (`error` of its view) and in the command line alone it is not seen */
  status: number
  /** exit code of a command that ends with it */
  exit: ExitName
  meaning: string
  /** what to do when the message of the case itself says nothing better */
  remedy: string
}

export const row = (status: number, exit: ExitName, meaning: string, remedy: string): ErrorRow => ({
  status,
  exit,
  meaning,
  remedy
})

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Where this machine has a Chromium; playwright-core brings none. */
export function findChromium(): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(delimiter)
  return NAMES.flatMap(name => dirs.map(dir => join(dir, name))).find(path => existsSync(path))
}

/** What stands in the title of a test that is skipped. */
export const NO_CHROMIUM = 'there is no Chromium; scripts/install-chromium.sh installs one'

/** A Chromium without a window; the caller closes it. Its own sandbox needs another user than root. */
export function launch(executablePath: string): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath, args, timeout: 60_000 })
}

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Where the code of a process that we start lies: beside the module that starts it in a checkout, beside or below the bundle in a
 * package.
 *
 * @param from `import.meta.url` of the module that starts it
 * @returns undefined when the installation lacks it
 */
export function entryFile(from: string, source: string, bundle: string): string | undefined {
  return [source, `./${bundle}`, `./bin/${bundle}`]
    .map(path => fileURLToPath(new URL(path, from)))
    .find(path => existsSync(path))
}

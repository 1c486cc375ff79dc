import { readFileSync, statSync } from 'node:fs'
import { InvalidInputError, TooLargeError } from '../../protocols/common/errors.ts'
import { nearest } from '../../protocols/common/nearest.ts'
import { parseYaml } from '../../protocols/job/parse-spec-text.ts'
import { troubleText } from '../errors/file-trouble.ts'
import { optionByKey } from './options.ts'

/** The file of settings that a node finds by itself, in its data directory. */
export const HOME_FILE = 'node.yaml'
/** A configuration is a page of text; anything larger is the wrong file. */
const FILE_MAX_BYTES = 256 * 1024

/** Settings of a file by dotted key, before they are checked. */
export interface ConfigFile {
  path: string
  values: Map<string, unknown>
}

/** @throws InvalidInputError, TooLargeError */
export function readConfigFile(path: string): ConfigFile {
  let source: string
  try {
    const { size } = statSync(path)
    if (size > FILE_MAX_BYTES) throw new TooLargeError(`${path} (bytes)`, size, FILE_MAX_BYTES)
    source = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (cause) {
    if (cause instanceof TooLargeError) throw cause
    throw new InvalidInputError(`cannot read the configuration ${path}: ${troubleText(cause)}`, {
      field: 'config',
      value: path,
      remedy: 'check the path given with --config',
      cause
    })
  }
  const values = new Map<string, unknown>()
  flatten(parseYaml(source, path) ?? {}, '', path, values)
  return { path, values }
}

const SECTIONS = new Set([...optionByKey.keys()].filter(k => k.includes('.')).map(k => k.slice(0, k.indexOf('.'))))

function flatten(node: unknown, prefix: string, path: string, into: Map<string, unknown>): void {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    const field = prefix === '' ? path : prefix.slice(0, -1)
    throw new InvalidInputError(
      `${path}: expected settings such as "key: value"${prefix === '' ? '' : ` under ${field}`}`,
      {
        field,
        value: node,
        remedy: 'see docs/cli.md for the keys'
      }
    )
  }
  for (const [name, value] of Object.entries(node)) {
    const key = `${prefix}${name}`
    if (prefix === '' && SECTIONS.has(name)) flatten(value ?? {}, `${name}.`, path, into)
    else if (!optionByKey.has(key)) throw unknownKey(key, path)
    else if (value !== null) into.set(key, value)
  }
}

function unknownKey(key: string, path: string): InvalidInputError {
  const meant = nearest(key, [...optionByKey.keys(), ...SECTIONS])
  return new InvalidInputError(
    `${path}: unknown key "${key}"${meant === undefined ? '' : `, did you mean "${meant}"?`}`,
    {
      field: key,
      value: key,
      remedy: meant === undefined ? 'see docs/cli.md for the keys' : `write "${meant}" instead of "${key}"`
    }
  )
}

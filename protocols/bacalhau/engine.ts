import { NotConvertibleError } from '../modules/errors.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'

type Fields = Record<string, unknown>

/** An engine in file form, the variables its section names, and the input paths that were its modules. */
export interface ConvertedEngine {
  engine: Fields
  env: Record<string, string>
  modules: ReadonlySet<unknown>
}

/** @param inputs of the task, in file form: a wasm module is named by where it is mounted. @throws NotConvertibleError */
export function engineOf(section: GoObject, inputs: readonly Fields[]): ConvertedEngine {
  const type = section.text('Type').toLowerCase()
  const params = section.object('Params')
  if (type === 'docker') return dockerOf(params)
  if (type === 'wasm') return wasmOf(params, inputs)
  const why = type === '' ? 'the task names no engine' : `there is no engine "${type.slice(0, 40)}" here`
  throw new NotConvertibleError(section.path('Type'), why, 'use docker or wasm', type)
}

function dockerOf(params: GoObject): ConvertedEngine {
  const image = params.text('Image')
  if (image === '') throw new NotConvertibleError(params.path('Image'), 'the task names no image', 'give Image')
  const workdir = params.text('WorkingDirectory')
  const docker = {
    image,
    ...some('entrypoint', params.texts('Entrypoint')),
    ...some('args', params.texts('Parameters')),
    ...(workdir === '' ? {} : { workdir })
  }
  return { engine: { docker }, env: pairs(params), modules: new Set() }
}

function wasmOf(params: GoObject, inputs: readonly Fields[]): ConvertedEngine {
  const start = params.text('Entrypoint')
  if (start !== '' && start !== '_start')
    throw new NotConvertibleError(
      params.path('Entrypoint'),
      'only _start is called here',
      'build the module as a command',
      start
    )
  if (params.list('ImportModules').length > 0)
    throw new NotConvertibleError(
      params.path('ImportModules'),
      'modules cannot import others here',
      'link them into one'
    )
  const mount = params.text('EntryModule')
  const source = inputs.find(input => input['path'] === mount)
  if (source === undefined)
    throw new NotConvertibleError(
      params.path('EntryModule'),
      'no input source is mounted there',
      'name the Target of an input source',
      mount
    )
  const { path: _path, cid, ...rest } = source
  const module = cid === undefined ? rest : { module: cid }
  return {
    engine: { wasm: { ...module, ...some('args', params.texts('Parameters')) } },
    env: {},
    modules: new Set([mount])
  }
}

const some = (key: string, list: string[]): Fields => (list.length === 0 ? {} : { [key]: list })

function pairs(params: GoObject): Record<string, string> {
  const list = params.texts('EnvironmentVariables').map(text => {
    const at = text.indexOf('=')
    if (at >= 1) return [text.slice(0, at), text.slice(at + 1)] as const
    const field = params.path('EnvironmentVariables')
    throw new NotConvertibleError(field, 'expected NAME=VALUE', 'write NAME=VALUE', text)
  })
  return Object.fromEntries(list)
}

import { asCid } from '../job/file-engine.ts'
import { NotConvertibleError } from '../modules/errors.ts'
import type { GoObject } from '../modules/foreign/go-json.ts'

type Fields = Record<string, unknown>

/** Each with what it becomes; `url` and `inline` are fetched by the creator, so that every provider and judge sees the same bytes. */
const SOURCES: Record<string, (params: GoObject) => Fields> = {
  ipfs: params => {
    const cid = asCid(params.text('CID'))
    if (cid === undefined)
      throw new NotConvertibleError(
        params.path('CID'),
        'this is no CID',
        'give the CID of the data',
        params.text('CID')
      )
    return { cid: cid.toString() }
  },
  url: params => ({ url: urlOf(params) }),
  urldownload: params => ({ url: urlOf(params) }),
  inline: params => {
    const url = params.text('URL')
    if (/^data:/i.test(url)) return { inline: url }
    throw new NotConvertibleError(
      params.path('URL'),
      'inline data is a data: URL',
      'write data:text/plain;base64,…',
      url
    )
  },
  localdirectory: params => {
    if (params.bare('ReadWrite') === true)
      throw new NotConvertibleError(
        params.path('ReadWrite'),
        'inputs are never written to',
        'write to a result path, and leave ReadWrite out'
      )
    return { local: params.text('SourcePath') }
  },
  s3: () => {
    throw new NotConvertibleError(
      'InputSources',
      's3 needs credentials, and none of yours go to a provider',
      'fetch the objects and name the files with localDirectory, or give a URL that is signed'
    )
  }
}

/** The inputs of a task, in file form. @throws NotConvertibleError */
export function inputsOf(task: GoObject): Fields[] {
  return task.objects('InputSources').map(input => {
    const source = input.object('Source')
    const type = source.text('Type').toLowerCase()
    const make = Object.hasOwn(SOURCES, type) ? SOURCES[type] : undefined
    if (make === undefined)
      throw new NotConvertibleError(
        source.path('Type'),
        type === '' ? 'the source has no type' : `"${type.slice(0, 40)}" cannot be read here`,
        'use ipfs, url, localDirectory or inline',
        type
      )
    const path = input.text('Target')
    if (!path.startsWith('/'))
      throw new NotConvertibleError(
        input.path('Target'),
        'an input needs an absolute target',
        'write /inputs/data',
        path
      )
    return { ...make(source.object('Params')), path: path.replace(/(?<=.)\/+$/, '') }
  })
}

function urlOf(params: GoObject): string {
  const url = params.text('URL')
  if (/^https?:\/\/[^\s/]+/i.test(url) && url.length <= MAX_URL) return url
  throw new NotConvertibleError(
    params.path('URL'),
    'expected an http or https URL',
    'give the whole URL',
    url.slice(0, 200)
  )
}

const MAX_URL = 4_096

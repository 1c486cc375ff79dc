import type { CID } from 'multiformats/cid'
import { type Fields, isMapping, textual } from './file-fields.ts'

/** What only the submitting side can look up: its own files and the registry's present answer for a tag. */
export interface Resolvers {
  /** imports a local file or directory and gives its CID */
  importLocal(path: string): Promise<CID>
  /** the pinned form (`name@sha256:…`) of an image name that may be a tag */
  resolveImage(image: string): Promise<string>
}

/**
 * A specification file's content with `inputs[].local` replaced by CIDs and the docker image by its pinned form, for
 * `parseSpec`. Whatever else is wrong with the file is left for `parseSpec` to say.
 */
export async function resolveReferences(file: unknown, resolvers: Resolvers): Promise<unknown> {
  if (!isMapping(file)) return file
  const resolved: Fields = { ...file }
  if (Array.isArray(file['inputs'])) {
    const inputs: unknown[] = []
    for (const [i, input] of file['inputs'].entries()) inputs.push(await resolveInput(input, i, resolvers))
    resolved['inputs'] = inputs
  }
  const engine = file['engine']
  const docker = isMapping(engine) ? engine['docker'] : undefined
  if (isMapping(engine) && isMapping(docker) && typeof docker['image'] === 'string') {
    resolved['engine'] = { ...engine, docker: { ...docker, image: await resolvers.resolveImage(docker['image']) } }
  }
  return resolved
}

async function resolveInput(input: unknown, index: number, { importLocal }: Resolvers): Promise<unknown> {
  if (!isMapping(input) || input['local'] === undefined || input['cid'] !== undefined) return input
  const { local, ...rest } = input
  return { ...rest, cid: await importLocal(textual(local, `inputs.${index}.local`)) }
}

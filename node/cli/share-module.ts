import { InvalidModuleError } from '../../protocols/modules/errors.ts'
import type { ResolvedModule } from '../../protocols/modules/files.ts'
import type { AbortOptions } from '../components.ts'
import type { NodeClient } from '../http/client.ts'

/** Puts a module of this machine into the node's store, so that others find by its CID what a deal says. */
export async function shareModule(
  { files, pinned }: ResolvedModule,
  client: NodeClient,
  options: AbortOptions = {}
): Promise<void> {
  const upload = await client.beginUpload(options)
  for (const [path, bytes] of files) await client.sendFile(upload, path, new Blob([Uint8Array.from(bytes)]), options)
  const { cid } = await client.commitUpload(upload, undefined, options)
  if (cid === pinned.cid) return
  throw new InvalidModuleError(`the node has ${cid} of a module that is ${pinned.cid} here`, {
    field: 'module',
    value: cid,
    limit: pinned.cid,
    remedy: 'use dcn and dcn-node of one version'
  })
}

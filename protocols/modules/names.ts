import { ModuleNotFoundError } from './errors.ts'

/** How a module can be named, apart from a path of this machine. */
export type ModuleName =
  | { kind: 'ipfs'; cid: string }
  /** `cowsay`, `cowsay:v0.0.1`, `alice/cowsay:1.0.0` */
  | { kind: 'name'; name: string; version: string | undefined }
  /** `github.com/user/repo:ref` and `https://…#ref`; `http:` is for hosts that the node’s owner names */
  | { kind: 'git'; url: string; ref: string | undefined }

const NAME = /^([a-z0-9][a-z0-9._-]{0,63}(?:\/[a-z0-9][a-z0-9._-]{0,63})?)(?::v?([0-9A-Za-z][0-9A-Za-z._+-]{0,63}))?$/
const HOST_PATH = /^((?:[a-z0-9-]+\.)+[a-z]{2,}\/[A-Za-z0-9._/-]+?)(?::([A-Za-z0-9][A-Za-z0-9._/-]{0,127}))?$/
const URL_FORM = /^(https?:\/\/[^\s#@:/]+(?::\d{1,5})?\/[^\s#@:]+?)(?:[#@:]([A-Za-z0-9][A-Za-z0-9._/-]{0,127}))?$/

/** @throws ModuleNotFoundError */
export function parseModuleName(text: string): ModuleName {
  const cid = /^ipfs:\/\/([A-Za-z0-9]{8,128})\/?$/.exec(text)?.[1]
  if (cid !== undefined) return { kind: 'ipfs', cid }
  const [, url, urlRef] = URL_FORM.exec(text) ?? []
  if (url !== undefined) return { kind: 'git', url, ref: urlRef }
  const [, path, ref] = HOST_PATH.exec(text) ?? []
  if (path !== undefined && !path.includes('..')) return { kind: 'git', url: `https://${path}`, ref }
  const [, name, version] = NAME.exec(text) ?? []
  if (name !== undefined) return { kind: 'name', name, version }
  throw new ModuleNotFoundError(
    text.slice(0, 100),
    'this is neither a file nor a folder nor a name of a module',
    'name a file, a folder, ipfs://CID, or a module such as cowsay:v0.0.1'
  )
}

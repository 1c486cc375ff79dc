import { messageOf } from '../../protocols/common/errors.ts'

interface Trouble {
  what: string
  remedy: string
}

/** What an operating system says of a path that a person named. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  ENOENT: { what: 'there is no such file or directory', remedy: 'check the path' },
  EISDIR: { what: 'it is a directory', remedy: 'name a file in it' },
  ENOTDIR: { what: 'a part of the path is no directory', remedy: 'check the path' },
  EEXIST: { what: 'there is a file of this name', remedy: 'choose another name' },
  EACCES: { what: 'no permission', remedy: 'change its permissions (chmod, chown), or choose another' },
  EPERM: { what: 'not permitted', remedy: 'change its permissions (chmod, chown), or choose another' },
  EROFS: { what: 'the file system is read-only', remedy: 'choose a directory on another one' },
  ENAMETOOLONG: { what: 'the name is too long', remedy: 'check the path' },
  ELOOP: { what: 'links in it lead in a circle', remedy: 'name the file itself' },
  ERR_INVALID_ARG_VALUE: { what: 'a path holds no zero bytes', remedy: 'check the path' },
  ERR_ENCODING_INVALID_ENCODED_DATA: { what: 'it is not UTF-8 text', remedy: 'save it as UTF-8, or name another file' }
}

/** undefined for what has nothing to do with a path */
export function fileTrouble(error: unknown): Trouble | undefined {
  const code = (error as Partial<NodeJS.ErrnoException> | null)?.code
  return code !== undefined && Object.hasOwn(TROUBLES, code) ? TROUBLES[code] : undefined
}

/** Why a file cannot be read, in words, without system calls and codes where they are known. */
export const troubleText = (error: unknown): string => fileTrouble(error)?.what ?? messageOf(error)

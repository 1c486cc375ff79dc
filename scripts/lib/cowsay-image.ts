import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import Docker from 'dockerode'
import { packTar } from '../../node/engines/docker/tar/write.ts'
import { loadImage, type TestImage } from './docker-image.ts'

/** Where Debian and Ubuntu put it. */
const COWSAY = '/usr/games/cowsay'
const COW = '/usr/share/cowsay/cows/default.cow'
const PERL = '/usr/bin/perl'
/** Runs it once and has perl say which of its own files and libraries that took. */
const TRACE = `@ARGV = ('moo'); END { print STDERR "$_\\n" for values %INC, @DynaLoader::dl_shared_objects } do '${COWSAY}'`

/**
 * Debian's own cowsay as an image, made of this machine's files: the program, a cow, perl and what perl loads for it. Some 8 MB, no registry.
 *
 * @returns what is missing when no engine answers or the package is not installed
 */
export async function cowsayImage(docker: Docker = new Docker(), salt = ''): Promise<TestImage> {
  if (!existsSync(COWSAY) || !existsSync(PERL)) return { missing: 'no cowsay (apt install cowsay)' }
  const files = [COWSAY, COW, PERL, ...perlFiles()]
  const libraries = files.filter(path => path === PERL || path.endsWith('.so')).flatMap(librariesOf)
  const layer = packTar(entriesOf([...new Set([...files, ...libraries])].sort()))
  const env = ['PATH=/usr/games:/usr/bin', 'LC_ALL=C']
  return await loadImage(docker, layer, { env, command: ['cowsay', 'moo'], comment: `cowsay ${salt}` })
}

function perlFiles(): string[] {
  const { stderr } = spawnSync(PERL, ['-e', TRACE], { encoding: 'utf8', env: { LC_ALL: 'C' } })
  return stderr.split('\n').filter(line => line.startsWith('/') && existsSync(line))
}

/** Shared libraries of a program, the loader itself included. */
function librariesOf(path: string): string[] {
  const { stdout } = spawnSync('ldd', [path], { encoding: 'utf8' })
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, library]) => library ?? [])
}

/** Directories before what is in them; links are followed, so that each path is a file. */
function entriesOf(paths: readonly string[]) {
  const dirs = new Set<string>()
  for (const path of paths) for (let dir = dirname(path); dir !== '/'; dir = dirname(dir)) dirs.add(dir)
  const made = [...dirs, '/tmp', '/inputs', '/outputs'].sort()
  return [
    ...made.map(dir => ({ name: `${dir.slice(1)}/`, mode: 0o755, type: '5' as const })),
    ...paths.map(path => ({ name: path.slice(1), mode: 0o755, bytes: readFileSync(path) }))
  ]
}

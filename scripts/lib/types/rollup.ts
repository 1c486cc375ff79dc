// The types that the package ships: one declaration file that needs no other package but Node's own types.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { classicTypescript } from './classic.ts'
import { printer, writeOut } from './plain-types.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const ENTRY = 'node/index.ts'
const ENTRY_TYPES = 'node/index.d.ts'
/** Small enough to come along whole; what else is imported must be in every install. */
const INLINED = ['multiformats']

/** Where the model of the interface is left for the reference; not shipped. */
export const MODEL = join(root, 'cache', 'dcn-node.api.json')

export interface Rollup {
  /** where the declarations go */
  types: string
  /** where the model of the interface goes, for the reference */
  model: string
}

/** Emits, writes out and bundles the declarations; some ten seconds. @throws Error with what the tools say */
export function rollUpTypes({ types, model }: Rollup): void {
  // below the root: what the declarations import is looked for from there
  mkdirSync(join(root, 'cache'), { recursive: true })
  const dir = mkdtempSync(join(root, 'cache', 'types-'))
  try {
    emit(dir)
    writeOutAll(dir)
    extract(dir, types, model)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function emit(dir: string): void {
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const args = ['-p', join(root, 'tsconfig.build.json'), '--outDir', dir]
  const { status, stdout } = spawnSync(tsc, args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the types could not be built:\n${stdout}`)
}

function writeOutAll(dir: string): void {
  const ts = classicTypescript()
  const { options } = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.build.json'),
    { noEmit: true },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: () => undefined
    }
  ) ?? { options: {} }
  const program = ts.createProgram([join(root, ENTRY)], {
    ...options,
    noEmit: true,
    emitDeclarationOnly: false,
    declaration: false
  })
  const checker = program.getTypeChecker()
  const print = printer(ts, checker)
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue
    const source = program.getSourceFile(join(root, name.replace(/\.d\.ts$/, '.ts')))
    if (source === undefined) continue
    const path = join(dir, name)
    const before = readFileSync(path, 'utf8')
    const locals = new Map(source.statements.filter(ts.isTypeAliasDeclaration).map(s => [s.name.text, s.name]))
    const after = writeOut(
      before,
      alias => {
        const at = locals.get(alias)
        return at === undefined ? undefined : checker.getTypeAtLocation(at)
      },
      print
    )
    if (after !== before) writeFileSync(path, after)
  }
}

function extract(dir: string, types: string, model: string): void {
  const said: string[] = []
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(dir, ENTRY_TYPES),
      bundledPackages: INLINED,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2023',
            lib: ['es2024', 'esnext.disposable'],
            module: 'nodenext',
            strict: true,
            skipLibCheck: true,
            types: ['node']
          },
          files: [join(dir, ENTRY_TYPES)]
        }
      },
      apiReport: { enabled: false },
      docModel: { enabled: true, apiJsonFilePath: model },
      dtsRollup: { enabled: true, untrimmedFilePath: types },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } }
      }
    }
  })
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: message => {
      if (message.logLevel === ExtractorLogLevel.Error) said.push(message.text)
      message.handled = true
    }
  })
  if (!succeeded || !existsSync(types)) throw new Error(`the types could not be bundled:\n${said.join('\n')}`)
}

import type { ModuleInput } from './definition.ts'
import type { ModuleFiles } from './files.ts'
import { type Finding, findingOf, lintForeign } from './foreign/lint.ts'
import { compileForeign } from './foreign/render.ts'
import { type Rewritten, rewriteForeign } from './foreign/rewrite.ts'
import type { ForeignSystem } from './foreign/systems.ts'
import { moduleKind } from './make-job.ts'

/** What can be said of a module without running it. */
export interface ModuleAbout {
  /** `module.yaml`, or the file and system of a foreign one */
  file: string
  system?: ForeignSystem
  name: string
  version?: string
  description?: string
  author?: string
  licence?: string
  inputs: ReadonlyMap<string, ModuleInput>
}

/** @throws InvalidModuleError, TemplateError, NotConvertibleError */
export function aboutModule(files: ModuleFiles, name: string, system?: ForeignSystem): ModuleAbout {
  const module = moduleKind(files, system)
  if (module.kind === 'own') {
    const { job: _job, ...about } = module.definition
    return { file: 'module.yaml', ...about }
  }
  const rewritten = rewriteForeign(compileForeign(module.source, module.system), name)
  return { file: module.file, system: module.system, name, inputs: rewritten?.inputs ?? new Map() }
}

export interface LintReport {
  file: string
  system?: ForeignSystem
  findings: Finding[]
  /** a foreign module as `module.yaml`, where that can be said */
  rewritten?: Rewritten
}

/** What is wrong with a module. @throws InvalidModuleError when it is none at all */
export function lintModule(files: ModuleFiles, name: string, system?: ForeignSystem): LintReport {
  const module = moduleKind(files, system)
  if (module.kind === 'own') return { file: 'module.yaml', findings: [] }
  const { file, source, system: whose } = module
  const findings = lintForeign(source, whose)
  const rewritten = tryRewrite(source, whose, name, findings)
  for (const input of rewritten?.lost ?? []) {
    const what = `${input} only decides what is printed, and is not in module.yaml`
    findings.push({
      severity: 'warning',
      when: 'it is rewritten',
      input,
      what,
      fix: 'make two modules, or pass it to the program'
    })
  }
  return { file, system: whose, findings, ...(rewritten === undefined ? {} : { rewritten }) }
}

function tryRewrite(source: string, system: ForeignSystem, name: string, findings: Finding[]): Rewritten | undefined {
  try {
    return rewriteForeign(compileForeign(source, system), name)
  } catch (error) {
    const finding = findingOf(error, 'it is rewritten')
    if (!findings.some(f => f.what === finding.what)) findings.push(finding)
    return undefined
  }
}

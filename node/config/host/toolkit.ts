/** Escapes from containers with a GPU that an image alone is enough for, and the first version of the toolkit without them. */
const KNOWN: { cve: string; fixed: [number, number, number] }[] = [
  { cve: 'CVE-2024-0132', fixed: [1, 16, 2] },
  { cve: 'CVE-2025-23359', fixed: [1, 17, 4] },
  { cve: 'CVE-2025-23266', fixed: [1, 17, 8] }
]

export interface ToolkitProblem {
  what: string
  remedy: string
}

/**
 * Whether containers of strangers may have GPUs by this version of the NVIDIA Container Toolkit.
 *
 * @param text what `nvidia-ctk --version` or `nvidia-container-cli --version` prints; undefined when neither is there
 */
export function judgeToolkit(text: string | undefined): ToolkitProblem | undefined {
  if (text === undefined) {
    return {
      what: 'containers cannot have GPUs: the NVIDIA Container Toolkit is not installed',
      remedy:
        'install nvidia-container-toolkit, run "nvidia-ctk runtime configure --runtime=docker" and restart dockerd'
    }
  }
  const remedy = 'upgrade nvidia-container-toolkit to 1.17.8 or later'
  const match = /(?:version:?|cli-version:)\s+v?(\d+)\.(\d+)\.(\d+)/i.exec(text)
  if (match === null) return { what: 'the NVIDIA Container Toolkit does not tell its version', remedy }
  const version = [Number(match[1]), Number(match[2]), Number(match[3])] as const
  const open = KNOWN.filter(({ fixed }) => isBefore(version, fixed)).map(({ cve }) => cve)
  if (open.length === 0) return undefined
  const number = version.join('.')
  return {
    what: `NVIDIA Container Toolkit ${number} lets an image escape from its container (${open.join(', ')})`,
    remedy
  }
}

function isBefore(version: readonly number[], fixed: readonly number[]): boolean {
  const at = version.findIndex((part, i) => part !== fixed[i])
  return at !== -1 && (version[at] ?? 0) < (fixed[at] ?? 0)
}

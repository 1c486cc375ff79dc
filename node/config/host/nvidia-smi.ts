import type { GpuDevice, GpuFindings } from './gpus.ts'

/** What `nvidia-smi` is asked for; its answer is text of the driver, and parsed as if it were a stranger's. */
export const QUERY = [
  '--query-gpu=uuid,name,memory.total,driver_version,mig.mode.current,compute_mode',
  '--format=csv,noheader,nounits'
]
const FIELDS = 6
const MIB = 1024 * 1024
/** A host has at most a few dozen. */
const MAX_LINES = 256
const NAME_CHARS = 64
const GPU_ID = /^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MIG_ID = /^MIG-[0-9A-Za-z/-]{1,96}$/
/** Of the gigabytes in a slice's name, so many are always there: `3g.40gb` has 39.5 GiB on one card and 37 on another. */
const SLICE_BYTES_PER_GB = 900_000_000

export interface SmiAnswer {
  /** exit status; null when it is not installed or did not end */
  status: number | null
  stdout: string
  stderr: string
}

/** What the tool says when it fails, and what helps. */
const FAILURES: { says: RegExp; what: string; remedy: string }[] = [
  {
    says: /driver\/library version mismatch/i,
    what: "the NVIDIA driver in the kernel is not the installed one's version",
    remedy: 'restart the host, or reload the nvidia kernel modules: the driver was upgraded while it was in use'
  },
  {
    says: /couldn't communicate with the NVIDIA driver|driver not loaded/i,
    what: 'the NVIDIA driver is installed and not running',
    remedy: 'load it with "modprobe nvidia", and see "dmesg" for why it is not'
  },
  {
    says: /insufficient permissions/i,
    what: 'this user may not use the GPUs',
    remedy: 'add the user to the group video or render'
  }
]

/**
 * The GPUs that `nvidia-smi` lists. A device that is broken or reserved is left out with the reason; whatever does not look like an
 * answer of the tool gives no device.
 *
 * @param slices the output of `nvidia-smi -L`, needed where a GPU is cut into slices (MIG)
 */
export function parseSmi(answer: SmiAnswer, slices = ''): GpuFindings {
  const said = `${answer.stdout}\n${answer.stderr}`
  // "No devices were found" ends with an error too, and is none
  if (/no devices were found/i.test(said)) return { devices: [], problems: [] }
  if (answer.status !== 0) return { devices: [], problems: [failure(said, answer.status)] }
  const found: GpuFindings = { devices: [], problems: [] }
  for (const line of answer.stdout.split('\n').slice(0, MAX_LINES))
    if (line.trim() !== '') readLine(line, slices, found)
  return found
}

function failure(said: string, status: number | null): GpuFindings['problems'][number] {
  const known = FAILURES.find(({ says }) => says.test(said))
  if (known !== undefined) return { what: known.what, remedy: known.remedy }
  return { what: `nvidia-smi failed (${status ?? 'no end'})`, remedy: 'run nvidia-smi by hand and mend what it says' }
}

function readLine(line: string, slices: string, so: GpuFindings): void {
  const fields = line.split(',').map(field => field.trim())
  const [id = '', name = '', memory = '', driver = '', mig = '', mode = ''] = fields
  if (fields.length !== FIELDS || !GPU_ID.test(id) || so.devices.some(d => d.id === id)) {
    so.problems.push({ what: 'nvidia-smi says something that is no GPU', remedy: 'run nvidia-smi by hand' })
    return
  }
  const left = (why: string, remedy: string) => so.problems.push({ what: `${id} is left out: ${why}`, remedy })
  if (!/^[\x20-\x7e]+$/.test(name) || name.startsWith('[')) return void left('it has no name', 'see nvidia-smi')
  if (/^\d+(\.\d+)*$/.test(driver)) so.driver ??= driver
  if (/prohibited/i.test(mode)) return void left('its compute mode is Prohibited', `nvidia-smi -i ${id} -c DEFAULT`)
  if (/enabled/i.test(mig)) {
    const cut = slicesOf(slices, id, name)
    if (cut.length === 0)
      left('it is in MIG mode and has no slices', 'make some with "nvidia-smi mig", or turn MIG off')
    so.devices.push(...cut.filter(slice => !so.devices.some(d => d.id === slice.id)))
    return
  }
  // "[N/A]", "[Unknown Error]", "ERR!": the device has fallen off the bus, or shares the memory of the host
  if (!/^\d{1,8}$/.test(memory) || Number(memory) === 0)
    return void left(`its memory is "${memory.slice(0, 32)}"`, 'see nvidia-smi')
  so.devices.push({ id, vendor: 'nvidia', model: name.slice(0, NAME_CHARS), memoryBytes: Number(memory) * MIB })
}

/** The slices below a GPU's line: `  MIG 3g.40gb     Device  0: (UUID: MIG-…)`. */
function slicesOf(text: string, gpu: string, name: string): GpuDevice[] {
  const slices: GpuDevice[] = []
  let isBelow = false
  for (const line of text.split('\n').slice(0, MAX_LINES)) {
    if (line.startsWith('GPU ')) isBelow = line.includes(`(UUID: ${gpu})`)
    const [, profile = '', gigabytes = '', id = ''] =
      /^ +MIG +(\d{1,2}[a-z]\.(\d{1,4})gb\S{0,16}) +Device +\d+: \(UUID: (\S+)\)/.exec(line) ?? []
    if (!isBelow || !MIG_ID.test(id)) continue
    const model = `${name.slice(0, NAME_CHARS - profile.length - 5)} MIG ${profile}`
    slices.push({ id, vendor: 'nvidia', model, memoryBytes: Number(gigabytes) * SLICE_BYTES_PER_GB })
  }
  return slices
}

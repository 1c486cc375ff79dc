import { readFile } from 'node:fs/promises'

export interface ContainerUsage {
  cpuMs: number
  maxRssBytes: number
}

/** Where the kernel counts a container, by cgroup version and driver; the daemon's own statistics take a second each. */
const PLACES: { cpu: (id: string) => string; memory: (id: string) => string; cpuMs: (text: string) => number }[] = [
  {
    cpu: id => `/sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`,
    memory: id => `/sys/fs/cgroup/system.slice/docker-${id}.scope/memory.peak`,
    cpuMs: text => Number(/usage_usec (\d+)/.exec(text)?.[1] ?? 0) / 1000
  },
  {
    cpu: id => `/sys/fs/cgroup/docker/${id}/cpu.stat`,
    memory: id => `/sys/fs/cgroup/docker/${id}/memory.peak`,
    cpuMs: text => Number(/usage_usec (\d+)/.exec(text)?.[1] ?? 0) / 1000
  },
  {
    cpu: id => `/sys/fs/cgroup/cpuacct/docker/${id}/cpuacct.usage`,
    memory: id => `/sys/fs/cgroup/memory/docker/${id}/memory.max_usage_in_bytes`,
    cpuMs: text => Number(text) / 1e6
  }
]

/** What a running container has used; undefined where the host does not show it (a remote engine, another system). */
export async function usageOf(id: string): Promise<ContainerUsage | undefined> {
  for (const place of PLACES) {
    const cpu = await readFile(place.cpu(id), 'utf8').catch(() => undefined)
    if (cpu === undefined) continue
    const memory = await readFile(place.memory(id), 'utf8').catch(() => '0')
    return { cpuMs: Math.round(place.cpuMs(cpu)), maxRssBytes: Number(memory) }
  }
  return undefined
}

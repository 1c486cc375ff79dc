import type { Option } from './option.ts'

const GIB = 2 ** 30

/** What runs jobs, and what content may take. */
export const ENGINES_OPTIONS: readonly Option[] = [
  {
    key: 'engines',
    kind: 'list',
    placeholder: 'ENGINE,…',
    fallback: ['docker', 'js', 'wasm'],
    description: 'engines to use where the host has them: docker, js, wasm, noop'
  },
  {
    key: 'docker.socket',
    kind: 'path',
    placeholder: 'PATH',
    fallback: '/var/run/docker.sock',
    description: 'socket of the Docker engine'
  },
  { key: 'docker.runtime', kind: 'text', placeholder: 'NAME', description: 'runtime of containers: runc, runsc, kata' },
  {
    key: 'docker.networks',
    flag: 'job-networks',
    kind: 'list',
    placeholder: 'NETWORK,…',
    fallback: ['allow'],
    description:
      'networks that jobs of others may have: none, allow (the places a job names, by a proxy), full (all that is public)'
  },
  {
    key: 'docker.imageQuotaBytes',
    flag: 'image-quota',
    kind: 'size',
    placeholder: 'SIZE',
    fallback: 20 * GIB,
    description: 'most that container images which came by CID may take'
  },
  {
    key: 'storage.quotaBytes',
    flag: 'storage-quota',
    kind: 'size',
    placeholder: 'SIZE',
    fallback: 20 * GIB,
    description: 'most the content store may hold'
  }
]

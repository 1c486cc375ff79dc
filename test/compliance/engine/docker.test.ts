import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import Docker from 'dockerode'
import { dockerEngine } from '../../../node/engines/docker/index.ts'
import { busyboxImage } from '../../../scripts/lib/docker-image.ts'
import { engineSuite } from './suite.ts'

const docker = new Docker()
const nodeId = `test-${process.pid}`
const quotas = ['loop-ext4', 'watcher'] as const

for (const quota of quotas) {
  let image = ''
  let removeImage: () => Promise<void> = async () => undefined
  engineSuite({
    kind: 'docker',
    title: `docker, quota by ${quota}`,
    limitsOnly: quota === 'watcher',
    make: async () => {
      const made = await busyboxImage(docker, nodeId)
      if ('missing' in made) return made
      image = made.id
      removeImage = made.remove
      const engine = dockerEngine({ nodeId, quota })
      if (quota === 'loop-ext4' && process.getuid?.() !== 0) return { missing: 'loop mounts need root' }
      const found = await engine.probe()
      return found.available ? { engine } : { missing: found.reason }
    },
    engineOf: (script, args) => ({ docker: { image, entrypoint: ['sh', '-c', script, 'sh'], args } }),
    noTrace: async (_engine, root) => {
      const left = await docker.listContainers({ all: true, filters: { label: [`dcn.node=${nodeId}`] } })
      assert.deepEqual(left, [])
      assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(root))
      assert.ok(!existsSync(`${root}/0/scratch/disk.img`))
      await removeImage()
    }
  })
}

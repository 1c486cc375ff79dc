import type { Command } from 'commander'
import { nodeCommand } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import type { Io } from '../io.ts'
import { type SpecOptions, specOf, specOptions } from '../spec-flags.ts'
import { collect, submitJob, submitOptions } from '../submit.ts'
import type { Finish } from './types.ts'

interface DockerOptions extends SpecOptions {
  entrypoint?: string
  workdir?: string
  network?: string
  allowHost?: string[]
}

export function runCommand(io: Io, finish: Finish): Command {
  const run = nodeCommand('run', 'run a container', [
    'dcn docker run debian:12 --input data.txt -- wc -w /inputs/data.txt',
    'dcn docker run busybox --cpu 0.5 --memory 64MiB -- echo hello',
    "dcn docker run busybox sh -c 'echo hi'"
  ])
    .argument('<image>', 'name@sha256:…, ipfs://CID (dcn image push), or a tag that the node pins')
    .argument('[command...]', 'command and arguments; flags of dcn stand before them')
    .option('--entrypoint <program>', "instead of the image's own")
    .option('--workdir <dir>', 'directory to start in')
    .option('--network <mode>', 'none (default) or full')
    .option('--allow-host <host:port>', 'let the job reach this host only (repeatable)', collect)
    .option('--gpus <n>', 'GPUs')
  return submitOptions(specOptions(run)).action((image: string, args: string[], options: DockerOptions) =>
    finish(runDocker(image, args, options, io), options)
  )
}

export async function runDocker(image: string, args: string[], options: DockerOptions, io: Io): Promise<ExitCode> {
  const { entrypoint, workdir, network, allowHost } = options
  const docker = {
    image,
    ...(entrypoint === undefined ? {} : { entrypoint: [entrypoint] }),
    ...(args.length === 0 ? {} : { args }),
    ...(workdir === undefined ? {} : { workdir })
  }
  const reach = allowHost === undefined ? network : { allow: allowHost }
  const spec = { ...specOf({ docker }, options, io.cwd), ...(reach === undefined ? {} : { network: reach }) }
  return submitJob(spec, options, io)
}

import type { UserError } from '../../../protocols/common/errors.ts'
import type { HostSurvey } from '../../config/host/survey.ts'
import { clean, cores, fields, size } from '../text.ts'
import { type Answers, QUESTIONS } from './questions.ts'

/** Why an answer is asked for again, without the name of a flag that was never typed. */
export function complaint(error: UserError): string {
  const what = error.limit === undefined ? error.message : `That does not fit: expected ${String(error.limit)}`
  const advice = error.remedy === undefined || error.remedy.startsWith('give ') ? '' : `. ${clean(error.remedy)}`
  return `  ${clean(what)}${advice}`
}

export function hostText({ host, engines }: HostSurvey): string {
  const { devices, problems } = host.gpus
  return fields({
    processor: `${host.cpuModel}, ${cores(host.cpus * 1000)} cores`,
    memory: size(host.memoryBytes),
    'free disk': size(host.diskFreeBytes),
    GPUs: devices.map(({ model }, i) => `${i}: ${model}`).join(', ') || problems[0]?.what || 'none',
    engines:
      engines
        .map(e => (e.available ? `${e.kind} ${e.version ?? ''}`.trim() : `no ${e.kind} (${e.reason})`))
        .join(', ') || 'none'
  })
}

export function summary({ way, ...answers }: Answers, network: string): string {
  const isJoin = way === 'join'
  const rows = QUESTIONS.filter(({ key }) => answers[key] !== undefined && key !== 'network' && key !== 'init')
  return fields({
    network: `${network} (${isJoin ? 'joined' : 'new'})`,
    ...Object.fromEntries(rows.map(({ key }) => [key, answers[key] || 'none']))
  })
}

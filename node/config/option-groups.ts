import type { Option } from './options.ts'

/** Settings of one subject, as help and configuration files show them together. */
export interface OptionGroup {
  title: string
  options: Option[]
}

/** Subjects, and the first words of the keys that belong to each. */
const SUBJECTS: readonly (readonly [title: string, sections: readonly string[]])[] = [
  ['Roles and network', ['roles', 'network', 'init', 'membership', 'mdns', 'rpc', 'escrow']],
  ['Addresses', ['listen', 'announce', 'relayMembers']],
  ['Data and keys', ['dataDir', 'passphraseFile', 'insecureDevKeys']],
  ['What a provider offers, and when', ['offer', 'schedule', 'timeZone', 'labels']],
  ['Prices and terms', ['prices', 'terms']],
  ['Whose jobs, and which', ['creators', 'images', 'modules']],
  ['Engines and storage', ['engines', 'docker', 'storage']],
  ['Money, judging and services', ['autoDeposit', 'mediator', 'board', 'faucet']],
  ['API, logs and metrics', ['http', 'log', 'metrics', 'drainSec']]
]
const REST = 'Others'

const sectionOf = ({ key }: Option): string => key.split('.')[0] ?? key

/** All options, each in one group, those of one section of the file beside each other. */
export function groupsOf(options: readonly Option[]): OptionGroup[] {
  const known = new Set(SUBJECTS.flatMap(([, sections]) => sections))
  const groups = SUBJECTS.map(([title, sections]) => ({
    title,
    options: sections.flatMap(section => options.filter(option => sectionOf(option) === section))
  }))
  return [...groups, { title: REST, options: options.filter(option => !known.has(sectionOf(option))) }].filter(
    group => group.options.length > 0
  )
}

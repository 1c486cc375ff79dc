import { stringify } from 'yaml'
import { formatSize } from '../../protocols/common/units.ts'
import { HOME_FILE } from './config-file.ts'
import { groupsOf } from './option-groups.ts'
import { envOf, flagOf, OPTIONS, type Option, optionByKey } from './options.ts'

const TEMPLATE_HEAD = `# Settings of dcn-node, with their defaults: take away the "#" before a key to set it, or the whole line to leave it alone.
# Lines that begin with "# " are explanations. Flags win over variables, these over this file, the file over defaults;
# "dcn config" shows what is in force and why. A node finds this file as ${HOME_FILE} in its data directory, or by --config.
`
const ANSWERS_HEAD = `# Settings of this node, from the answers at its first start. Flags and variables (DCN_…) win over them; "dcn config" shows
# what is in force and why, "dcn config --init" everything that can be set here.
`

/** Every setting with its meaning and default, commented out: what is left of it after taking away each "#" is the defaults. */
export function settingsTemplate(options: readonly Option[] = OPTIONS): string {
  const groups = groupsOf(options).map(({ title, options: inside }) => {
    const lines = bySection(inside).flatMap(([section, settings]) => {
      const indent = section === undefined ? '' : '  '
      const written = settings.flatMap(option => [
        ...meaning(option, indent),
        `${indent}#${nameIn(option)}:${valueText(option, option.fallback)}`
      ])
      // an open section without settings means nothing, so that each line below it stands for itself
      return section === undefined ? written : [`${section}:`, ...written]
    })
    return `# ${'-'.repeat(8)} ${title}\n\n${lines.join('\n')}\n`
  })
  return `${TEMPLATE_HEAD}\n${groups.join('\n')}`
}

/** What was chosen, as a file for people. @param chosen text by key, as a flag would have it, paths absolute */
export function settingsOf(chosen: Readonly<Record<string, string>>): string {
  const options = Object.keys(chosen).flatMap(key => optionByKey.get(key) ?? [])
  const blocks = bySection(groupsOf(options).flatMap(group => group.options)).map(([section, settings]) => {
    const indent = section === undefined ? '' : '  '
    const lines = settings.flatMap(option => [
      `${indent}# ${option.description}`,
      `${indent}${nameIn(option)}:${valueText(option, chosen[option.key])}`
    ])
    return [...(section === undefined ? [] : [`${section}:`]), ...lines].join('\n')
  })
  return `${ANSWERS_HEAD}\n${blocks.join('\n')}\n`
}

function meaning(option: Option, indent: string): string[] {
  return [`${indent}# ${option.description} (--${flagOf(option)}, ${envOf(option)})`]
}

/** Neighbours with the same first word stand under it. */
function bySection(options: readonly Option[]): [section: string | undefined, options: Option[]][] {
  const sections: [string | undefined, Option[]][] = []
  for (const option of options) {
    const section = option.key.includes('.') ? option.key.slice(0, option.key.indexOf('.')) : undefined
    const last = sections.at(-1)
    if (last !== undefined && last[0] === section && section !== undefined) last[1].push(option)
    else sections.push([section, [option]])
  }
  return sections
}

const nameIn = ({ key }: Option): string => key.slice(key.indexOf('.') + 1)

/** With a space before it; nothing where nothing is set, which YAML reads as absent. */
function valueText({ kind }: Option, value: unknown): string {
  if (value === undefined) return ''
  if (kind === 'list' && typeof value === 'string') return flow(value.split(',').map(item => item.trim()))
  if (kind === 'size' && typeof value === 'number') return flow(formatSize(value))
  if (kind === 'amount' && typeof value === 'string' && String(Number(value)) === value) return ` ${value}`
  return flow(value)
}

/** On one line, however long. */
const flow = (value: unknown): string =>
  ` ${stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 }).trimEnd()}`

// The API reference: Markdown of the model that comes with the declarations. One page for what is called, one for what is given
// and got.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The parts of API Extractor's model that are used here. */
export interface Item {
  kind: string
  name: string
  docComment?: string
  excerptTokens?: { kind: string; text: string; canonicalReference?: string }[]
  members?: Item[]
  isOptional?: boolean
}

export interface Doc {
  summary: string
  params: { name: string; text: string }[]
  throws: string
  example: string
}

const CALLED = new Set(['Function', 'Class'])
const BEGIN = '# Reference'

/** What the package exports, by name. @param model path of the model */
export function readModel(model: string): Item[] {
  const { members } = JSON.parse(readFileSync(model, 'utf8')) as { members: { members: Item[] }[] }
  return (members[0]?.members ?? []).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The parts of a doc comment as API Extractor writes it: each tag on a line of its own. */
export function docOf({ docComment = '' }: Item): Doc {
  const text = docComment
    .replace(/^\/\*\*|\*\/\s*$/g, '')
    .split('\n')
    .map(line => line.replace(/^ \* ?/, ''))
    .join('\n')
  const [summary = '', ...tags] = text.split(/^@(?=\w+)/m)
  const of = (name: string) => tags.filter(tag => tag.startsWith(name)).map(tag => tag.slice(name.length).trim())
  const params = of('param').map(param => {
    const [, name = '', what = ''] = /^(\S+)\s+-?\s*([\s\S]*)$/.exec(param) ?? []
    return { name, text: oneLine(what) }
  })
  return {
    summary: plain(summary),
    params,
    throws: of('throws').map(oneLine).join('; '),
    example: of('example').join('\n\n')
  }
}

const oneLine = (text: string): string => plain(text).replace(/\s+/g, ' ')
/** TSDoc escapes what Markdown would take for a tag; in code it need not. */
const plain = (text: string): string => text.replace(/\\([@{}<>])/g, '$1').trim()

/** Pages by their path below the folder of the reference. */
export function referencePages(items: readonly Item[]): Record<string, string> {
  const called = items.filter(item => CALLED.has(item.kind))
  const types = items.filter(item => !CALLED.has(item.kind))
  const rows = (list: readonly Item[], page: string) =>
    list.map((item, i) => `| [${item.name}](${page}#${anchorOf(list, i)}) | ${firstSentence(item)} |`)
  const index = [
    `${BEGIN}\n\nWhat \`import … from 'dcn-node'\` gives, written by \`npm run docs\` from the comments in the sources. How it is used: [api.md](../api.md), [engines.md](../engines.md).`,
    ['| called | |', '|---|---|', ...rows(called, 'functions.md')].join('\n'),
    ['| types | |', '|---|---|', ...rows(types, 'types.md')].join('\n')
  ]
  const page = (title: string, list: readonly Item[]) =>
    [`${BEGIN}: ${title}`, ...list.map(item => section(item, items))].join('\n\n')
  return {
    'README.md': `${index.join('\n\n')}\n`,
    'functions.md': `${page('what is called', called)}\n`,
    'types.md': `${page('types', types)}\n`
  }
}

/** As GitHub makes them: of two headings that differ in case alone, the second one is numbered. */
function anchorOf(list: readonly Item[], at: number): string {
  const anchors = list.slice(0, at + 1).map(item => item.name.toLowerCase())
  const anchor = anchors.at(-1) ?? ''
  const before = anchors.filter(one => one === anchor).length - 1
  return before === 0 ? anchor : `${anchor}-${before}`
}

function firstSentence(item: Item): string {
  const [first = ''] = oneLine(docOf(item).summary).split(/(?<=\.)\s/)
  return first.replaceAll('|', '\\|')
}

/** A program says where what it uses comes from. */
function withImports(example: string, exported: readonly Item[]): string {
  const used = exported
    .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(example))
    .map(({ kind, name }) => (CALLED.has(kind) ? name : `type ${name}`))
  return example.replace(/^```ts\n/m, `\`\`\`ts\nimport { ${used.join(', ')} } from 'dcn-node'\n\n`)
}

function section(item: Item, exported: readonly Item[]): string {
  const { summary, params, throws, example } = docOf(item)
  const parts = [
    `## ${item.name}`,
    summary,
    ...(item.kind === 'Interface' || item.kind === 'Class' ? [] : [fenced(excerpt(item))]),
    ...(params.length === 0 ? [] : [params.map(({ name, text }) => `- \`${name}\`: ${text}`).join('\n')]),
    ...(throws === '' ? [] : [`Throws: ${throws}`]),
    ...(example === '' ? [] : [withImports(example, exported)]),
    ...(item.members === undefined || item.members.length === 0 ? [] : [table(item.members)])
  ]
  return parts.join('\n\n')
}

const excerpt = (item: Item): string =>
  (item.excerptTokens ?? [])
    .map(token => token.text)
    .join('')
    .replace(/^export (declare )?/, '')
    .trim()
const fenced = (code: string): string => `\`\`\`text\n${code}\n\`\`\``

function table(members: readonly Item[]): string {
  const rows = members.map(member => {
    const { summary, throws } = docOf(member)
    const what = [oneLine(summary), throws === '' ? '' : `Throws ${throws}`].filter(part => part !== '').join(' ')
    const code = excerpt(member).replace(/;$/, '').replace(/\s+/g, ' ').replaceAll('|', '\\|')
    return `| \`${code}\` | ${what.replaceAll('|', '\\|')} |`
  })
  return ['| | |', '|---|---|', ...rows].join('\n')
}

/** Writes the pages; gives those that changed, relative to the root. */
export function writeReference(root: string, model: string): string[] {
  const changed: string[] = []
  for (const [name, text] of Object.entries(referencePages(readModel(model)))) {
    const page = join('docs', 'reference', name)
    const file = join(root, page)
    mkdirSync(dirname(file), { recursive: true })
    if (textOf(file) === text) continue
    writeFileSync(file, text)
    changed.push(page)
  }
  return changed
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

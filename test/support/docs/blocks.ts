import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A fenced block of a page. */
export interface Block {
  /** where it begins: page and line */
  at: string
  page: string
  /** the word after the fence; empty where there is none */
  lang: string
  text: string
  /** why it is not checked, from a comment before it: `<!-- not checked: REASON -->` */
  exempt?: string
}

const FENCE = /^( *)```(\S*)\s*$/
const EXEMPT = /^<!-- not checked: (\S.{9,}) -->$/

/** Every fenced block of a page. @throws Error for a fence that does not end */
export function blocksOf(page: string, markdown: string): Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let i = 0; i < lines.length; i++) {
    const [, indent = '', lang = ''] = FENCE.exec(lines[i] ?? '') ?? []
    if (!FENCE.test(lines[i] ?? '')) continue
    const end = lines.findIndex((line, at) => at > i && line === `${indent}\`\`\``)
    if (end < 0) throw new Error(`${page}:${i + 1}: a fence that does not end`)
    const before = lines.slice(0, i).findLast(line => line.trim() !== '') ?? ''
    const exempt = EXEMPT.exec(before.trim())?.[1]
    const text = lines
      .slice(i + 1, end)
      .map(line => line.slice(indent.length))
      .join('\n')
    blocks.push({ at: `${page}:${i + 1}`, page, lang, text, ...(exempt === undefined ? {} : { exempt }) })
    i = end
  }
  return blocks
}

/** The pages that people read: those at the top, and all below docs/. */
export function pagesOf(root: string): string[] {
  const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const docs = below.filter(name => name.endsWith('.md')).map(name => `docs/${name}`)
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...docs.sort()]
}

export const allBlocks = (root: string): Block[] =>
  pagesOf(root).flatMap(page => blocksOf(page, readFileSync(join(root, page), 'utf8')))

/** The commands that are named in running text, between backticks; what stands for something else in brackets left out. */
export function inlineCommands(page: string, markdown: string): { at: string; command: string }[] {
  const prose = markdown.replace(/^ *```[\s\S]*?^ *```\s*$/gm, block => block.replace(/[^\n]/g, ''))
  return prose.split('\n').flatMap((line, i) =>
    [...line.matchAll(/`((?:npx )?(?:dcn|dcn-node|npm run|npm test)(?: [^`]*)?)`/g)].map(([, command = '']) => ({
      at: `${page}:${i + 1}`,
      command: command
        .replaceAll('\\|', '-')
        .replace(/\[[^\]]*\]/g, '')
        .replace(/<[\w:/.-]+>/g, 'X')
        .replace(/[&;|]/g, '-')
        .replace(/…$/, '')
    }))
  )
}

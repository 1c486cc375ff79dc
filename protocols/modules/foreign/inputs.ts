import type { Template } from '../../templates/index.ts'
import type { Command, Node, Operand, Pipe } from '../../templates/nodes.ts'

/** The inputs that a template reads, in the order in which they first appear. */
export function namedInputs({ body, defined }: Template): string[] {
  const names = new Set<string>()
  const bodies = [body, ...defined.values()]
  for (const nodes of bodies) visitNodes(nodes, name => names.add(name))
  return [...names]
}

type Visit = (name: string) => void

function visitNodes(nodes: readonly Node[], visit: Visit): void {
  for (const node of nodes) {
    if ('pipe' in node && node.pipe !== undefined) visitPipe(node.pipe, visit)
    if ('body' in node) {
      visitNodes(node.body, visit)
      visitNodes(node.otherwise, visit)
    }
  }
}

function visitPipe({ commands }: Pipe, visit: Visit): void {
  for (const command of commands) {
    visitIndex(command, visit)
    for (const operand of command.operands) visitOperand(operand, visit)
  }
}

/** `index . "name"` reads an input too. */
function visitIndex({ operands: [fn, from, key] }: Command, visit: Visit): void {
  const isIndex = fn?.kind === 'function' && fn.name === 'index' && from?.kind === 'dot'
  if (isIndex && key?.kind === 'literal' && typeof key.value === 'string') visit(key.value)
}

function visitOperand(operand: Operand, visit: Visit): void {
  switch (operand.kind) {
    case 'field':
      if (operand.names[0] !== undefined) visit(operand.names[0])
      return
    case 'variable':
      if (operand.name === '$' && operand.names[0] !== undefined) visit(operand.names[0])
      return
    case 'pipe':
      visitPipe(operand.pipe, visit)
      return
    case 'chain':
      visitOperand(operand.base, visit)
      return
    default:
  }
}

import type { Value } from './values.ts'

/** The tree of a template. `at` is an offset in the source. */
export type Node =
  | { kind: 'text'; at: number; text: string }
  | { kind: 'print'; at: number; pipe: Pipe }
  | { kind: 'if' | 'with' | 'range'; at: number; pipe: Pipe; body: readonly Node[]; otherwise: readonly Node[] }
  | { kind: 'template'; at: number; name: string; pipe: Pipe | undefined }
  | { kind: 'break' | 'continue'; at: number }

export interface Pipe {
  at: number
  /** names with their `$` */
  declares: readonly string[]
  /** `=` and not `:=` */
  assigns: boolean
  commands: readonly Command[]
}

/** The first operand with its arguments. */
export interface Command {
  at: number
  operands: readonly Operand[]
}

export type Operand =
  | { kind: 'dot' | 'nil'; at: number }
  | { kind: 'literal'; at: number; value: Value }
  | { kind: 'field'; at: number; names: readonly string[] }
  | { kind: 'variable'; at: number; name: string; names: readonly string[] }
  | { kind: 'function'; at: number; name: string }
  | { kind: 'pipe'; at: number; pipe: Pipe }
  /** fields of what parentheses or a function came to */
  | { kind: 'chain'; at: number; base: Operand; names: readonly string[] }

export interface Template {
  source: string
  body: readonly Node[]
  /** by name: `define` and `block` */
  defined: ReadonlyMap<string, readonly Node[]>
}

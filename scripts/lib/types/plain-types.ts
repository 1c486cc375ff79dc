// Types that are inferred from a zod schema, written out: a consumer of the package has no zod, and would see `any`.
import type { Checker, Symbol as Sym, Type, Typescript } from './classic.ts'

/** `export type JobView = z.output<typeof jobView>` in an emitted declaration file. */
const INFERRED = /^(export )?(?:declare )?type (\w+) = z\.(?:output|infer|input)<typeof \w+>;$/gm

/**
 * The same declarations with each inferred type as an interface (of an object) or a plain type, with the comments of the schema's
 * fields. @param typeOf the type of a name that the file declares
 */
export function writeOut(declarations: string, typeOf: (name: string) => Type | undefined, print: Printer): string {
  return declarations.replace(INFERRED, (line, exported: string | undefined, name: string) => {
    const type = typeOf(name)
    if (type === undefined) return line
    const text = print(type)
    const head = exported ?? ''
    return text.startsWith('{') && text.endsWith('}') && !type.isUnionOrIntersection()
      ? `${head}interface ${name} ${text}`
      : `${head}type ${name} = ${text};`
  })
}

export type Printer = (type: Type) => string

/** Prints a type as its structure alone: no name that would have to be imported. */
export function printer(ts: Typescript, checker: Checker): Printer {
  const { TypeFlags, SymbolFlags } = ts

  /** a type that contains itself is named where it does */
  const open = new Set<Type>()

  function structure(type: Type, depth: number): string {
    if (open.has(type)) return plain(type)
    open.add(type)
    try {
      return written(type, depth)
    } finally {
      open.delete(type)
    }
  }

  function written(type: Type, depth: number): string {
    if (type.isUnion()) return union(type.types, depth)
    if (type.isIntersection() && type.types.some(part => (part.flags & TypeFlags.Object) === 0)) return plain(type) // a branded text or number
    if ((type.flags & TypeFlags.Object) === 0 && !type.isIntersection()) return plain(type)
    if (checker.isArrayType(type) || checker.isTupleType(type)) return list(type, depth)
    return type.getCallSignatures().length > 0 ? plain(type) : (named(type) ?? object(type, depth))
  }

  const plain = (type: Type) => checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)

  /** Uint8Array, CID and their like have a name that a reader knows; an interface of our own is written out. */
  function named(type: Type): string | undefined {
    const { symbol } = type
    if (symbol === undefined || (symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)) === 0) return undefined
    const file = symbol.declarations?.[0]?.getSourceFile().fileName ?? ''
    const [, from] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
    if (
      from === undefined ||
      from === 'typescript' ||
      from === '@microsoft/api-extractor' ||
      from.startsWith('@types/')
    ) {
      return from === undefined ? undefined : plain(type)
    }
    return `import('${from}').${symbol.name}`
  }

  function union(types: readonly Type[], depth: number): string {
    const flags = types.reduce((all, one) => all | one.flags, 0)
    const isBoolean = types.length === 2 && (flags & ~TypeFlags.BooleanLiteral) === 0
    if (isBoolean) return 'boolean'
    const parts = types.map(one => structure(one, depth + 1))
    const rest =
      parts.includes('true') && parts.includes('false') ? parts.filter(p => p !== 'true' && p !== 'false') : parts
    return [...rest, ...(rest.length === parts.length ? [] : ['boolean'])].join(' | ')
  }

  function list(type: Type, depth: number): string {
    const inner = checker.getTypeArguments(type as never).map(one => structure(one, depth + 1))
    if (checker.isTupleType(type)) return `[${inner.join(', ')}]`
    const [element = 'unknown'] = inner
    return /[|&]/.test(element) ? `(${element})[]` : `${element}[]`
  }

  function object(type: Type, depth: number): string {
    const indent = '    '.repeat(depth)
    const inner = '    '.repeat(depth + 1)
    const index = checker
      .getIndexInfosOfType(type)
      .map(info => `${inner}[key: ${plain(info.keyType)}]: ${structure(info.type, depth + 1)};`)
    const fields = type.getProperties().map(property => field(property, inner, depth))
    const all = [...index, ...fields]
    return all.length === 0 ? '{}' : `{\n${all.join('\n')}\n${indent}}`
  }

  function field(property: Sym, indent: string, depth: number): string {
    const isOptional = (property.flags & SymbolFlags.Optional) !== 0
    const type = checker.getTypeOfSymbol(property)
    const wanted = isOptional ? checker.getNonNullableType(type) : type
    const comment = ts.displayPartsToString(property.getDocumentationComment(checker))
    const doc = comment === '' ? '' : `${indent}/** ${comment.replace(/\s+/g, ' ')} */\n`
    const name = /^[A-Za-z_$][\w$]*$/.test(property.name) ? property.name : JSON.stringify(property.name)
    return `${doc}${indent}${name}${isOptional ? '?' : ''}: ${structure(wanted, depth + 1)};`
  }

  return type => structure(type, 0)
}

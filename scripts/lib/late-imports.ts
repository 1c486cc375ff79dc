import type { Metafile } from 'esbuild'

/**
 * Who loads CommonJS by `import()`. In a bundle in parts such a package becomes a part with nothing but a default export: what
 * works from source is `not a function` in what is shipped.
 *
 * @returns `importer → imported`, by path
 */
export function commonJsLoadedLate({ inputs }: Pick<Metafile, 'inputs'>): string[] {
  return Object.entries(inputs).flatMap(([importer, { imports }]) =>
    imports
      .filter(({ kind, path }) => kind === 'dynamic-import' && inputs[path]?.format === 'cjs')
      .map(({ path }) => `${importer} → ${path}`)
  )
}

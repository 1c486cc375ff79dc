/** How the text of a flag or an environment variable becomes a value; files may give the value or this text. */
export type OptionKind =
  | 'text'
  | 'amount'
  | 'number'
  | 'size'
  /** or a share of what the host has */
  | 'cpu-share'
  | 'size-share'
  | 'boolean'
  | 'list'
  | 'labels'
  | 'path'
  | 'network'

/** One row per setting: the only source for parsing, `--help`, `dcn config` and docs/cli.md. */
export interface Option {
  /** path in the configuration file: `http.port` */
  key: string
  kind: OptionKind
  /** what stands for the value in help */
  placeholder: string
  /** without it the setting is simply absent */
  fallback?: unknown
  description: string
  /** when the flag's name is not the key's */
  flag?: string
}

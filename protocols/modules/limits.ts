/** Limits of a module. Its files travel in one answer of the API; what is larger is named by CID. */
export const MODULE_LIMITS = {
  files: 256,
  bytes: 8 * 1024 * 1024,
  pathChars: 256,
  inputs: 64,
  /** a value given with -i; longer ones are files */
  valueBytes: 1024 * 1024,
  /** text inputs without `maxLength`: what an argument or variable of a job holds */
  textChars: 8 * 1024,
  descriptionChars: 500,
  patternChars: 200
} as const

declare const DCN_VERSION: string | undefined

/** The bundler writes the package's version here; a checkout that runs from source says so. */
export const VERSION = typeof DCN_VERSION === 'string' ? DCN_VERSION : '0.0.0-source'

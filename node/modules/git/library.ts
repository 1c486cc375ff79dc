/**
 * What of isomorphic-git a clone needs. The package is CommonJS, and a bundle in parts gives an `import()` of such a package nothing
 * but its default: what is loaded late has to be a module of ours.
 *
 * @module
 */
export { addRemote, fetch, init, readBlob, readCommit, readTree } from 'isomorphic-git'

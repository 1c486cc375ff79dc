import { join } from 'node:path'

/** The document of the network that a data directory belongs to. */
export const networkFile = (dataDir: string): string => join(dataDir, 'network.json')
/** Where members of the network were met last. */
export const peersFile = (dataDir: string): string => join(dataDir, 'peers.json')
/** Where the key of a node's account is: in a keystore, or (tests only) as it is. */
export const accountFiles = (dataDir: string): { secure: string; plain: string } => ({
  secure: join(dataDir, 'keys', 'account.json'),
  plain: join(dataDir, 'keys', 'account.insecure')
})

import { join } from 'node:path'

/** The document of the network that a data directory belongs to. */
export const networkFile = (dataDir: string): string => join(dataDir, 'network.json')
/** Where members of the network were met last. */
export const peersFile = (dataDir: string): string => join(dataDir, 'peers.json')

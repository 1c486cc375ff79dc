import { row } from './row.ts'

/** Private networks: their documents, their owners and their members. */
export const NETWORK_ERRORS = {
  NetworkVersionError: row(400, 'usage', 'a network document of another version', 'make a new network, or update'),
  OtherNetworkError: row(409, 'usage', 'this is another network', 'choose another data directory'),
  OlderNetworkError: row(409, 'usage', 'a newer revision of the network is known', 'nothing: the newer one holds'),
  NotOwnerError: row(403, 'usage', 'the owner of the network alone can change it', 'ask the owner'),
  ListsMissingError: row(409, 'usage', 'the lists of members are not here yet', 'wait until a member is connected'),
  NoNetworkError: row(404, 'usage', 'the data directory belongs to no network', 'create or join one'),
  NetworkExistsError: row(409, 'usage', 'the data directory belongs to a network', 'choose another data directory'),
  NotAdmittedError: row(403, 'failed', 'a peer is no member of the network', 'ask the owner of the network')
} as const

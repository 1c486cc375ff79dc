import { operation } from '../operation.ts'
import { inviteView, joinRequest, memberRequest, networkView } from '../views.ts'

export const networkOperations = {
  getNetwork: operation({
    method: 'GET',
    path: '/network',
    tag: 'network',
    summary: 'The network, its members and who is here',
    reply: { 200: networkView },
    errors: []
  }),
  makeInvite: operation({
    method: 'POST',
    path: '/network/invite',
    tag: 'network',
    summary: 'An invite that names members which can be reached now',
    description: 'It holds the secret of the network.',
    reply: { 200: inviteView },
    errors: []
  }),
  takeInvite: operation({
    method: 'POST',
    path: '/network/join',
    tag: 'network',
    summary: 'Take what an invite of this same network says that is newer',
    description:
      'Its document when it is a later revision, and its addresses of members: for a node that finds nobody.',
    body: joinRequest,
    reply: { 200: networkView },
    errors: [
      'OtherNetworkError',
      'OlderNetworkError',
      'NetworkVersionError',
      'BadSignatureError',
      'TooLargeError',
      'NonCanonicalError',
      'NotAnInviteError',
      'InviteCutOffError',
      'InviteChecksumError',
      'InviteVersionError'
    ]
  }),
  changeMember: operation({
    method: 'POST',
    path: '/network/members',
    tag: 'network',
    summary: 'Let a peer in, shut it out, or take it off the lists',
    description: 'For the owner of the network alone. Running nodes follow within seconds.',
    body: memberRequest,
    reply: { 200: networkView },
    errors: ['NotOwnerError', 'ListsMissingError', 'TooLargeError']
  })
}

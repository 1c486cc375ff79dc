import { messageOf } from '../../protocols/common/errors.ts'
import { listsOf } from '../../protocols/common/membership.ts'
import type { NetworkDocument } from '../../protocols/common/network-document.ts'
import { keyOfText, peerText } from '../../protocols/common/peer-text.ts'
import type { Hex } from '../../protocols/common/values.ts'
import { type Relation, relationOf, withLists } from '../../protocols/network/compare.ts'
import { summaryOf } from '../../protocols/network/messages.ts'
import { changeMember, type MemberAction, revise, type Signer } from '../../protocols/network/revise.ts'
import { type Admits, gateOf, type Standing, standingOf } from '../../protocols/network/standing.ts'
import type { Clock, Log } from '../components.ts'
import { writeNetworkFile } from './network-file.ts'

export interface NetworkKeeperInit {
  document: NetworkDocument
  /** where the document is kept */
  path: string
  /** peers that the invite named, as multiaddrs with /p2p/<id> */
  hints: readonly string[]
  /** this node's own key */
  signer: Signer
}

/** Those of peers.json, and of several invites that came later. */
const MAX_HINTS = 1_024

export type OnRevision = (document: NetworkDocument, before: NetworkDocument) => void

/** The newest document of the network that this node has, and the gate that follows from it. */
export class NetworkKeeper {
  readonly #init: NetworkKeeperInit
  readonly #clock: Clock
  readonly #log: Log
  readonly #listeners: OnRevision[] = []
  #document: NetworkDocument
  #summary: ReturnType<typeof summaryOf>
  #gate: Admits
  #hints: readonly string[]
  /** in force, and not on the disk */
  #isUnsaved = false
  #changing: Promise<unknown> = Promise.resolve()

  constructor(init: NetworkKeeperInit, { clock, log }: { clock: Clock; log: Log }) {
    this.#init = init
    this.#clock = clock
    this.#log = log
    this.#document = init.document
    this.#summary = summaryOf(init.document)
    this.#hints = init.hints
    this.#gate = gateOf(init.document, init.hints)
  }

  get document(): NetworkDocument {
    return this.#document
  }

  /** what neighbours are told of it */
  get summary(): ReturnType<typeof summaryOf> {
    return this.#summary
  }

  /** of this node itself */
  get standing(): Standing {
    return standingOf(this.#document, this.#init.signer.key)
  }

  get isOwner(): boolean {
    return this.#document.owner === this.#init.signer.key
  }

  /** A node that was shut out keeps what it says itself: it may be let in again. */
  admitsKey(key: Hex): boolean {
    return key === this.#init.signer.key || this.#gate(key)
  }

  /** @param peer id as text; keys of other kinds are nobody's here */
  admits(peer: string): boolean {
    const key = keyOfText(peer)
    return key !== undefined && this.admitsKey(key)
  }

  /** Peers that an invite names later, as multiaddrs: asked for the lists while they are not here. */
  vouch(hints: readonly string[]): void {
    this.#hints = [...this.#hints, ...hints].slice(-MAX_HINTS)
    this.#gate = gateOf(this.#document, this.#hints)
  }

  /** Told after a newer document holds. */
  onRevision(listener: OnRevision): void {
    this.#listeners.push(listener)
  }

  /**
   * Takes a checked document of others over when it is newer: on the disk first, then in force. A full disk keeps no revoked
   * peer in: it is in force all the same, and `save` tries again.
   *
   * @throws OtherNetworkError
   */
  adopt(offered: NetworkDocument): Promise<Relation> {
    return this.#serially(async () => {
      const before = this.#document
      const relation = relationOf(before, offered)
      const given = withLists(before, offered)
      if (relation !== 'newer' || given === before) return relation
      if (this.isOwner && listsOf(before) !== undefined) this.#warnOwner(before, given)
      this.#isUnsaved = true
      await this.#trySave(given)
      this.#enforce(given)
      return relation
    })
  }

  /** Writes what could not be written when it came. Never rejects. */
  save(): Promise<void> {
    return this.#serially(() => this.#trySave(this.#document))
  }

  /**
   * A change of membership by this node, which must be the owner. Undefined when nothing changes.
   *
   * @throws NotOwnerError, InvalidInputError, TooLargeError
   */
  change(action: MemberAction, peer: Hex): Promise<NetworkDocument | undefined> {
    return this.#serially(async () => {
      const next = withMember(this.#document, action, peer, this.#init.signer, this.#clock.nowMs())
      if (next !== undefined) await this.#make(next)
      return next
    })
  }

  /** Another list of modules, by its CID. @throws NotOwnerError */
  changeModules(moduleIndex: string): Promise<NetworkDocument> {
    return this.#serially(async () => {
      const next = revise(this.#document, { moduleIndex }, this.#init.signer, this.#clock.nowMs())
      await this.#make(next)
      return next
    })
  }

  /** On the disk first: a change that is forgotten and made anew would be two documents of one revision. */
  async #make(next: NetworkDocument): Promise<void> {
    await writeNetworkFile(this.#init.path, next)
    this.#isUnsaved = false
    this.#enforce(next)
  }

  #enforce(given: NetworkDocument): void {
    const before = this.#document
    this.#document = given
    this.#summary = summaryOf(given)
    this.#gate = gateOf(given, this.#hints)
    const { id, revision } = given
    this.#log.info({ network: id, revision, was: before.revision }, 'a newer network document holds')
    for (const listener of this.#listeners) listener(given, before)
  }

  async #trySave(document: NetworkDocument): Promise<void> {
    if (!this.#isUnsaved) return
    try {
      await writeNetworkFile(this.#init.path, document)
      this.#isUnsaved = false
    } catch (error) {
      const { path } = this.#init
      this.#log.error(
        { path, error: messageOf(error) },
        'the network document holds, but cannot be kept: it is tried again'
      )
    }
  }

  /** Only the owner's key signs, and this node did not: it is used elsewhere, or this directory is an old copy. */
  #warnOwner({ revision: was }: NetworkDocument, { revision }: NetworkDocument): void {
    this.#log.warn(
      { revision, was, remedy: 'look at "dcn network members list": what was changed here since may be gone' },
      'a revision came that the key of this node signed, and this node did not'
    )
  }

  /** Two that come at the same time are compared one after the other. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work)
    this.#changing = done.catch(() => undefined)
    return done
  }
}

/** The document with a change of membership, signed; undefined when nothing changes. Also for a node that does not run. */
export function withMember(
  document: NetworkDocument,
  action: MemberAction,
  peer: Hex,
  signer: Signer,
  nowMs: number
): NetworkDocument | undefined {
  // who may not sign is told so, whatever was asked
  if (signer.key !== document.owner) revise(document, {}, signer, nowMs)
  const membership = changeMember(document, action, peer)
  return membership === undefined ? undefined : revise(document, { membership }, signer, nowMs)
}

/** What is wrong with this node's place in the network, in plain words; undefined when nothing is. */
export function standingWarning(document: NetworkDocument, self: Hex): { message: string; remedy: string } | undefined {
  const owner = peerText(document.owner)
  const peer = peerText(self)
  const standing = standingOf(document, self)
  if (standing === 'revoked') {
    return {
      message: `the owner of the network ${document.name} has revoked this node (revision ${document.revision}): no member connects to it`,
      remedy: `ask the owner (${owner}), who can let it in again with: dcn network members add ${peer}`
    }
  }
  if (standing === 'not-listed') {
    return {
      message: `this node is not among the members of ${document.name}: none of them connects to it`,
      remedy: `ask the owner (${owner}) to run: dcn network members add ${peer}`
    }
  }
  return undefined
}

/** How many peers each list has; undefined while the lists are not here. */
export function listSizes(document: NetworkDocument): { members: number; revoked: number } | undefined {
  const lists = listsOf(document)
  return lists && { members: lists.members.length, revoked: lists.revoked.length }
}

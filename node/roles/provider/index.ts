import { join } from 'node:path'
import type { NetworkDocument } from '../../../protocols/common/network-document.ts'
import { DEAL_LIMITS } from '../../../protocols/deal/messages.ts'
import type { ProviderState } from '../../../protocols/deal/provider-machine.ts'
import { ENGINE_KINDS, type EngineKind } from '../../../protocols/job/schema.ts'
import { OFFER_LIMITS, type Price, type ResourceOffer } from '../../../protocols/offers/schema.ts'
import type { Admission } from '../../admission/admission.ts'
import type { Alarm } from '../../components.ts'
import type { GpuDevice } from '../../config/host/gpus.ts'
import type { Config } from '../../config/schema.ts'
import type { Capabilities, Engines } from '../../engines/index.ts'
import type { MachineRecord } from '../../journal/journal.ts'
import { hostTimeZone, parseSchedule } from '../../schedule/parse.ts'
import type { RoleParts } from '../shared.ts'
import { evidence } from './evidence.ts'
import { OfferKeeper } from './offer-keeper.ts'
import { PROVIDER_KIND, ProviderRole } from './provider.ts'
import { Workshop } from './workshop.ts'

/** Inputs of one job that this provider takes in. */
const MAX_INPUT_BYTES = 64 * 2 ** 30
/** The provider's side of a node. */
export function providerRole(
  config: Config,
  network: NetworkDocument,
  parts: RoleParts & { engines: Engines; versions: ReadonlyMap<EngineKind, string> },
  { devices, ...offered }: { capacity: ResourceOffer['capacity']; devices: readonly GpuDevice[]; price: Price },
  onDeal: (deal: MachineRecord<ProviderState>) => void
): ProviderRole {
  const { identity, clock, journal, log, bind, exchange, verifier, storage, settlement, book, askKeys } = parts
  const { engines, versions } = parts
  const workDir = join(config.dataDir, 'work')
  const template = () => ({
    arch: process.arch === 'arm64' ? ('arm64' as const) : ('amd64' as const),
    engines: ENGINE_KINDS.flatMap(kind => {
      const version = versions.get(kind)
      return version === undefined ? [] : [{ kind, version: version.slice(0, 64) }]
    }),
    networks: networksOf(engines.capabilities.get('docker')),
    ...offered,
    // known once the settlement has started
    terms: { ...config.terms, committee: settlement.court !== undefined, dockerCommittee: false },
    tickets: 1,
    labels: config.labels
  })
  const offers = new OfferKeeper(
    { network: network.id, roundMs: network.roundMs, spanMs: OFFER_LIMITS.spanMs },
    template,
    { journal, identity, clock, log, bind, publish: fact => exchange.publish(fact) }
  )
  const workshop = new Workshop(
    { workDir, maxInputBytes: MAX_INPUT_BYTES },
    { account: identity.account, engines: engines.available, storage, settlement, clock, askKeys, log }
  )
  const init = {
    roundMs: network.roundMs,
    admission: admissionOf(config),
    maxUnopened: DEAL_LIMITS.unopenedPerCreator,
    maxJobs: config.offer.jobs,
    drainMs: config.drainSec * 1000,
    devices
  }
  return new ProviderRole(init, {
    ...parts,
    offers,
    workshop,
    alarm,
    evidence: evidence(
      { roundMs: network.roundMs },
      { book, clock, account: identity.account, offer: () => offers.current }
    ),
    sweep: async keep => {
      const swept = await engines.docker?.sweep({ keep, workDir })
      if (swept !== undefined && swept.containers + swept.mounts > 0)
        log.info(swept, 'leftovers of an earlier run removed')
    },
    verifyFact: fact => verifier.verify(fact),
    onChange: state => {
      const record = journal.get<typeof state>(PROVIDER_KIND, state.dealId)
      if (record !== undefined) onDeal(record)
    }
  })
}

const alarm: Alarm = (delayMs, work) => {
  const timer = setTimeout(work, delayMs)
  return () => clearTimeout(timer)
}

function admissionOf({ creators, images, modules, schedule, timeZone }: Config): Admission {
  const hours = schedule === undefined ? {} : { schedule: parseSchedule(schedule, timeZone ?? hostTimeZone()) }
  return { creators, images, modules, ...hours }
}

/** What the engine of containers said that jobs can have. */
function networksOf(docker: Capabilities | undefined): ResourceOffer['networks'] {
  const said = docker?.available === true ? (docker.features['networks'] ?? '').split(',') : []
  const more = (['allow', 'full'] as const).filter(kind => said.includes(kind))
  return ['none', ...more]
}

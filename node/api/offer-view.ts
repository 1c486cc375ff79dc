import { peerIdText } from '../../protocols/offers/peer-key.ts'
import type { Fact, Price, ResourceOffer } from '../../protocols/offers/schema.ts'
import type { NodeInfo, OfferView } from '../http/views.ts'

export function offerView(fact: Fact<ResourceOffer>, account: string, roundMs: number): OfferView {
  const { body } = fact
  return {
    id: fact.id.toString(),
    account: body.account,
    peer: peerIdText(fact.bind.peerKey),
    seq: body.seq,
    arch: body.arch,
    engines: body.engines,
    networks: body.networks,
    capacity: body.capacity,
    free: body.free,
    price: priceView(body.price),
    collateralPercent: body.terms.collateralPercent,
    labels: body.labels,
    addrs: body.addrs,
    mine: body.account === account,
    expiresAt: (body.untilRound + 1) * roundMs
  }
}

export function priceView(price: Price): NonNullable<NodeInfo['price']> {
  return {
    perJob: price.perJob.toString(),
    perCpuHour: price.perCpuHour.toString(),
    perGiBHour: price.perGiBHour.toString(),
    perDiskGiBHour: price.perDiskGiBHour.toString(),
    perGpuHour: price.perGpuHour.toString()
  }
}

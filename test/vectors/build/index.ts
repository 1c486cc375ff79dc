import { rendezvousVectors } from './board.ts'
import { buildCar } from './data.ts'
import { buildResults, buildSpecs } from './job.ts'
import { buildAsk, buildBook, buildCertificate, buildMatch, buildRanks, buildScores } from './matching.ts'
import { buildDraws, buildNextCalls, buildPayouts, buildVotes } from './mediation.ts'
import { buildNetworks } from './network.ts'
import { buildFacts, buildMerkle, buildSync } from './offers.ts'
import { plain } from './plain.ts'
import { buildVerify } from './verify.ts'

/** Every vector file by its path below test/vectors, in its JSON form. */
export async function buildVectors(): Promise<Record<string, unknown>> {
  const files = {
    'data/car.json': buildCar(),
    'job/specs.json': buildSpecs(),
    'job/results.json': buildResults(),
    'offers/facts.json': await buildFacts(),
    'offers/merkle.json': buildMerkle(),
    'offers/sync.json': await buildSync(),
    'matching/ask.json': buildAsk(),
    'matching/score.json': buildScores(),
    'matching/book.json': buildBook(),
    'matching/rank.json': buildRanks(),
    'matching/match.json': buildMatch(),
    'matching/certificate.json': buildCertificate(),
    'matching/verify.json': await buildVerify(),
    'network/documents.json': buildNetworks(),
    'mediation/votes.json': buildVotes(),
    'mediation/draws.json': buildDraws(),
    'mediation/next-calls.json': buildNextCalls(),
    'mediation/payouts.json': buildPayouts(),
    'board/rendezvous.json': rendezvousVectors()
  }
  return Object.fromEntries(Object.entries(files).map(([path, value]) => [path, plain(value)]))
}

// What the API says and the client reads. Amounts are decimal strings of the token's smallest unit, times unix ms, sizes
// bytes, CIDs text. Objects are open: a client reads what it knows and drops what a newer node adds.
export * from './views/court.ts'
export * from './views/deals.ts'
export * from './views/events.ts'
export * from './views/jobs.ts'
export * from './views/market.ts'
export * from './views/match.ts'
export * from './views/money.ts'
export * from './views/node.ts'
export { amountText } from './views/parts.ts'
export * from './views/status.ts'
export * from './views/storage.ts'
export * from './views/submit.ts'

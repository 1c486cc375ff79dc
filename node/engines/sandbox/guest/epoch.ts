/** Every job's clock starts here: 2000-01-01T00:00:00Z, a date that no library takes for "unset". */
export const GUEST_EPOCH_MS = 946_684_800_000

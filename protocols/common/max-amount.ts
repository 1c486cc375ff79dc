/** Amounts are counted in the token's smallest unit and fit 96 bits, so a product with a rate fits 256. */
export const MAX_AMOUNT = 2n ** 96n - 1n

/** What a node on a development chain gives itself: play money, enough for many jobs. */
export const DEV_TOKENS = 1_000n * 10n ** 18n

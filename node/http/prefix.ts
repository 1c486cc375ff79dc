/** Version 1 of the API. */
export const API_PREFIX = '/api/v1'

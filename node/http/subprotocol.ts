/** The protocol of our WebSockets: one JSON message `{id?, event, data}` a frame, from the node alone. */
export const SUBPROTOCOL = 'dcn.v1'
/** Browsers can set no header of a WebSocket but its protocols: beside ours they offer this with the token behind it, base64url. */
export const TOKEN_SUBPROTOCOL = 'dcn.token.'

/** Why the node closed; codes below 4000 are those of RFC 6455. */
export const CLOSE = { end: 1000, stopping: 1001, unsupported: 1003, failed: 1011, tooSlow: 4408 } as const

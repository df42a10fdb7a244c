/** How many ms a client is stopped for when it asks a server for /freeze. frozen.mjs tells why. */
export const FREEZE = 2_400

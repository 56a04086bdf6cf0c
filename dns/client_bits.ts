/** What `answer` is told of the client and of what was done before: a set of bits. */

/** The question came over TCP. */
export const TCP = 1;
/** The client may ask. */
export const ALLOWED = 2;
/** The reply, or failure, for the question that was missing was accepted with the same `now`. */
export const UPSTREAM_DONE = 4;
/** Nobody upstream answered, or not in time: what is still missing counts as failed. */
export const UPSTREAM_FAILED = 8;
/** There are too many questions under way to ask upstream: as `UPSTREAM_FAILED`, and the client is told so. */
export const OVERLOADED = 16;
/** Above: 24 bits that differ from client to client, for DNS cookies. */

/** The REST interface of Headway: every call by its name, with types that come from the server's own description. */

export { createRest } from './call'
export type { Answer, Given, Rest, RestOptions } from './call'
export type * from './generated/types.gen'
export { Problem, Unreachable } from './problem'

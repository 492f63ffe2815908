/** Which way to the server is tried next. Values only: `transports.ts` opens what is chosen here, `connection.ts` says how it went. */

/** Best first: a socket both ways; events that are streamed down; questions that wait for their answer. */
export type Transport = 'websocket' | 'sse' | 'poll'
export const TRANSPORTS: readonly Transport[] = ['websocket', 'sse', 'poll']

/** A connection that was gone after less was not let live: something on the way cuts it. */
export const YOUNG = 5_000
/** So many WebSockets in a row that died young, and it is done without. */
const DEATHS = 2
/** How often the better way is tried again. */
export const BETTER_EVERY = 600_000
/** The first time sooner: it may only have been the server that was away. */
export const BETTER_SOON = 10_000

export interface Choice {
  readonly transport: Transport
  /** WebSockets in a row that died young. */
  readonly deaths: number
  /** Something on the way keeps what is streamed until there is more of it: no streams, then, as long as there is no WebSocket. */
  readonly isHeldUp: boolean
  /** The better way was tried while this one worked, and did not. */
  readonly isSure: boolean
}

/** How a connection ended, or an attempt at one. */
export interface End {
  /** There was a `welcome`. */
  readonly wasOpen: boolean
  /** Milliseconds from its opening. */
  readonly lived: number
  /** The server said goodbye: this way works. */
  readonly isSaid: boolean
  /** We gave it up, since nothing was heard. */
  readonly isSilent: boolean
}

const chosen = (transport: Transport, isHeldUp = false): Choice => ({ transport, deaths: 0, isHeldUp, isSure: false })

export function firstChoice(available: readonly Transport[]): Choice {
  return chosen(available[0] ?? 'websocket')
}

/** The choice after `end`. A way that once worked is tried again; one that never did gives way to the next, the last one to the first. */
export function afterEnd(choice: Choice, end: End, available: readonly Transport[]): Choice {
  const { transport, isHeldUp } = choice
  const livedWell = end.isSaid || (end.wasOpen && end.lived >= YOUNG)
  if (transport === 'websocket') {
    if (livedWell) return chosen('websocket')
    const deaths = choice.deaths + 1
    return deaths < DEATHS ? { ...choice, deaths } : next(choice, available)
  }
  if (transport === 'sse' && end.isSilent && !end.isSaid) return next({ ...choice, isHeldUp: true }, available)
  if (livedWell) return choice
  return transport === 'poll' ? { ...firstChoice(available), isHeldUp } : next(choice, available)
}

function next(choice: Choice, available: readonly Transport[]): Choice {
  const { isHeldUp, isSure } = choice
  const worse = available.slice(available.indexOf(choice.transport) + 1).find((one) => !(one === 'sse' && isHeldUp))
  const found = worse ?? available.find((one) => !(one === 'sse' && isHeldUp)) ?? choice.transport
  return { transport: found, deaths: 0, isHeldUp, isSure }
}

/** Whether streams are better than the polls of now. */
const wantsStream = ({ transport, isHeldUp }: Choice, available: readonly Transport[]) =>
  transport === 'poll' && !isHeldUp && available.includes('sse')

/** Whether there is a better way than the present one, worth a try while that works. */
export function hasBetter(choice: Choice, available: readonly Transport[]): boolean {
  return (choice.transport !== 'websocket' && available.includes('websocket')) || wantsStream(choice, available)
}

/** A WebSocket was tried in vain, or there is none: the next time is a while off. Where nothing speaks against streams, they are next. */
export function afterVainTry(choice: Choice, available: readonly Transport[]): Choice {
  return { ...choice, transport: wantsStream(choice, available) ? 'sse' : choice.transport, isSure: true }
}

/** The states of a connection: immutable values, each with a name. How they follow each other stands in `transitions.ts`. */

export interface Problem {
  readonly code: number
  readonly why: string
}

abstract class ConnectionState {
  /** Failed attempts in a row. */
  readonly failures: number
  /** Of the last loss, until there is a connection again. */
  readonly problem: Problem | null
  /** Since when, in local milliseconds. */
  readonly at: number
  /** When it ends by itself, in local milliseconds: the next try, or a deadline. */
  readonly due: number | null

  constructor(at: number, from: { failures?: number; problem?: Problem | null; due?: number | null } = {}) {
    this.failures = from.failures ?? 0
    this.problem = from.problem ?? null
    this.at = at
    this.due = from.due ?? null
    Object.freeze(this)
  }

  abstract get name(): string
}

/** Nothing is wanted, so nothing is tried. */
export class Idle extends ConnectionState {
  get name(): 'idle' {
    return 'idle'
  }
}

/** Waiting for `getToken`. */
export class Fetching extends ConnectionState {
  get name(): 'fetching' {
    return 'fetching'
  }
}

/** Waiting for the socket. */
export class Opening extends ConnectionState {
  get name(): 'opening' {
    return 'opening'
  }
}

/** `hello` is said; waiting for `welcome`. */
export class Greeting extends ConnectionState {
  get name(): 'greeting' {
    return 'greeting'
  }
}

/** News flow. `due`: when it counts as healthy. */
export class Open extends ConnectionState {
  get name(): 'open' {
    return 'open'
  }
}

/** The connection is gone; tried again at `due`. */
export class Waiting extends ConnectionState {
  get name(): 'waiting' {
    return 'waiting'
  }
}

/** This device has no network: nothing is tried until it has. */
export class Offline extends ConnectionState {
  get name(): 'offline' {
    return 'offline'
  }
}

/** Nobody looks and nothing is subscribed: nothing is tried until one of the two changes. */
export class Hidden extends ConnectionState {
  get name(): 'hidden' {
    return 'hidden'
  }
}

/** Trying again would not help (or `maxAttempts` is reached): a person must do something. */
export class Stopped extends ConnectionState {
  get name(): 'stopped' {
    return 'stopped'
  }
}

/** Closed by `close()`, for good. */
export class Closed extends ConnectionState {
  get name(): 'closed' {
    return 'closed'
  }
}

export type State = Idle | Fetching | Opening | Greeting | Open | Waiting | Offline | Hidden | Stopped | Closed
export type Name = State['name']

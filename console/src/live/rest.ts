import { createRest } from '@headway/client/rest'

import { getToken } from './session'

/** The one REST client of the console. Throws `Problem`, `Unreachable`, or `SignedOut` when the session has ended. */
export const rest = createRest({ getToken })

export { Problem, Unreachable } from '@headway/client/rest'

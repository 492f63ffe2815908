import { createRest } from '@headway/client/rest'

import { basePath } from './base'
import { getToken } from './session'

/** The one REST client of the console. Throws `Problem`, `Unreachable`, or `SignedOut` when the session has ended. */
export const rest = createRest({ baseUrl: basePath, getToken })

export { Problem, Unreachable } from '@headway/client/rest'

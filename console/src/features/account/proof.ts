import { shallowRef } from 'vue'

import { Problem } from '@/live/rest'

/** Answers the question whether it is them: true, once they have proved it. The dialog of the page shows it (`ProofDialog.vue`). */
export const proofAsked = shallowRef<((isProved: boolean) => void) | null>(null)

/** Nobody proved who they are: what was wanted is not done. */
export class NotProved extends Error {
  override readonly name = 'NotProved'
}

function ask(): Promise<boolean> {
  proofAsked.value?.(false)
  return new Promise((resolve) => {
    proofAsked.value = (isProved) => {
      proofAsked.value = null
      resolve(isProved)
    }
  })
}

/** Does what may ask to prove once more who one is: then it asks, once, and does it again. Throws what `act` does, and `NotProved`. */
export async function proving<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'proof_required') throw error
    if (!(await ask())) throw new NotProved(error.detail)
    return act()
  }
}

import { shallowRef } from 'vue'

export interface Question {
  title: string
  body?: string
  /** The word on the button that does it. */
  action: string
  /** The word on the button that leaves all as it is, where the usual "Cancel" could be taken for the action. */
  refusal?: string
  icon?: string
  isDangerous?: boolean
  /** Asks for words of the person's own too: their label. */
  reason?: string
}

export interface Consent {
  /** Empty where none was asked for, or none was given. */
  reason: string
}

interface Asked extends Question {
  answer: (consent: Consent | null) => void
}

/** The question that is open; the shell shows it. */
export const asked = shallowRef<Asked | null>(null)

/** Asks before something that cannot be taken back. Null: the person thought better of it. */
export function confirm(question: Question): Promise<Consent | null> {
  asked.value?.answer(null)
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer(consent) {
        asked.value = null
        resolve(consent)
      },
    }
  })
}

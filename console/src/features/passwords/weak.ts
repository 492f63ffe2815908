import type { Translate } from '@/ui/i18n/messages'
import { boundedText } from '@/ui/text'

/** Characters (code points) of the shortest password; the server has the last word. */
const SHORTEST = 15

const REASONS: readonly unknown[] = ['short', 'long', 'character', 'name', 'repeated', 'common', 'used', 'stolen']

interface Refusal {
  readonly code: string
  readonly detail: string
  readonly said: Readonly<Record<string, unknown>>
}

/** Why a password was refused, in words; null: it was something else. */
export function weaknessOf({ code, detail, said }: Refusal, t: Translate): string | null {
  if (code !== 'weak_password') return null
  return REASONS.includes(said['why']) ? t(`weak.${String(said['why'])}`) : boundedText(detail, 300)
}

/** How many characters are missing. */
export function missingIn(password: string): number {
  return Math.max(0, SHORTEST - [...password.normalize('NFC')].length)
}

import type { AccountDetail, OwnAccountInput } from '@headway/client/rest'
import { computed, readonly, type ShallowRef, shallowRef, watch } from 'vue'

import { settings } from '@/ui/settings'

import { rest } from './rest'
import { principal } from './session'

/** Whether a person with an account is signed in: a session without one has the role or the scopes of the token that made its link. */
export const hasAccount = computed(() => principal.value !== null && principal.value.role === null && principal.value.scopes.length === 0)

const found = shallowRef<AccountDetail | null>(null)
/** The account of whoever is signed in; null: there is none, or it is not known yet. */
export const account = readonly(found) as Readonly<ShallowRef<AccountDetail | null>>

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false // known to the server, and not to this browser
  }
}

/** What the account says of how pages look is so in this browser, too; what it leaves open stays as it is. */
function apply({ language, theme, time_zone: zone }: AccountDetail): void {
  if (language === 'en' || language === 'zh-CN') settings.language.value = language
  if (theme === 'light' || theme === 'dark') settings.theme.value = theme
  settings.zone.value = zone !== null && isZone(zone) ? zone : ''
}

/** Read the account again. Throws `Problem`, `Unreachable` or `SignedOut`. */
export async function loadAccount(): Promise<void> {
  const id = principal.value?.id
  const read = await rest.showOwnAccount()
  if (principal.value?.id !== id) return
  found.value = read
  apply(read)
}

/** Change the account, and how this browser looks with it. Throws `Problem`, `Unreachable` or `SignedOut`. */
export async function saveAccount(changes: OwnAccountInput): Promise<void> {
  await rest.editOwnAccount({ body: changes })
  await loadAccount()
}

/** Follow who is signed in; and keep on the account what is chosen in the menu, or it would be as before with the next page load. */
export function hearAccount(): void {
  watch(
    () => (hasAccount.value ? principal.value?.id : null),
    (id) => {
      found.value = null
      settings.zone.value = ''
      // Without an answer the pages look as they did: the page of the account says what is wrong.
      if (id) void loadAccount().catch(() => null)
    },
    { immediate: true },
  )
  watch(settings.language, (language) => keep({ language }))
  watch(settings.theme, (theme) => keep({ theme: theme === 'system' ? null : theme }))
}

function keep(changes: Pick<OwnAccountInput, 'language' | 'theme'>): void {
  const before = found.value
  if (before === null) return
  const after = { ...before, ...changes }
  if (after.language === before.language && after.theme === before.theme) return
  found.value = after
  void rest.editOwnAccount({ body: changes }).catch(() => null)
}

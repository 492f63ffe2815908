import { type Ref, ref, watch, watchEffect } from 'vue'

import { i18n, type Language, languages } from './i18n/i18n'

export const themes = ['light', 'dark', 'system'] as const
const densities = ['comfortable', 'compact'] as const
type Theme = (typeof themes)[number]
type Density = (typeof densities)[number]

/** What a person chose for this browser. It is kept where storage is allowed, and holds for this page where it is not. */
export interface Settings {
  theme: Ref<Theme>
  density: Ref<Density>
  language: Ref<Language>
  /** An IANA name, in which times are told; empty: the browser's own. It belongs to the account, so it is not kept here. */
  zone: Ref<string>
}

function readStored(name: string): string | null {
  try {
    return localStorage.getItem(`headway.${name}`)
  } catch {
    return null
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`headway.${name}`, value)
  } catch {
    // Storage is full or forbidden: the choice holds until the page is left.
  }
}

function kept<T extends string>(name: string, choices: readonly T[], usual: T): Ref<T> {
  const stored = readStored(name)
  const value = ref(choices.find((choice) => choice === stored) ?? usual) as Ref<T>
  watch(value, (chosen) => store(name, chosen))
  return value
}

/** The first language of the browser that we speak; any Chinese is better served by Chinese than by English. */
export function preferredLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    if (/^zh\b/i.test(tag)) return 'zh-CN'
    if (/^en\b/i.test(tag)) return 'en'
  }
  return 'en'
}

export const settings: Settings = {
  theme: kept('theme', themes, 'system'),
  density: kept('density', densities, 'comfortable'),
  language: kept('language', languages, preferredLanguage(navigator.languages)),
  zone: ref(''),
}

/** Makes the page follow the settings, at once and from now on. */
export function followSettings(root: HTMLElement = document.documentElement): void {
  const prefersDark = matchMedia('(prefers-color-scheme: dark)')
  const isDarkOutside = ref(prefersDark.matches)
  prefersDark.addEventListener('change', (event) => (isDarkOutside.value = event.matches))
  watchEffect(() => {
    const theme = settings.theme.value
    root.classList.toggle('dark', theme === 'dark' || (theme === 'system' && isDarkOutside.value))
  })
  watchEffect(() => (root.dataset['density'] = settings.density.value))
  watchEffect(() => {
    i18n.global.locale.value = settings.language.value
    root.lang = settings.language.value
  })
}

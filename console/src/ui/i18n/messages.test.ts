import { describe, expect, it } from 'vitest'

import { languages, type Language } from './i18n'

type Tree = { readonly [key: string]: string | Tree }
type Catalogue = Readonly<Record<Language, Tree>>

const catalogues = import.meta.glob<Record<string, Catalogue>>(['/src/**/*essages.ts', '!/src/ui/i18n/*'], { eager: true })
const sources = Object.entries(
  import.meta.glob<string>(['/src/**/*.{ts,vue}', '!/src/**/*.test.ts', '!/src/**/testing/**'], {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
).filter(([path]) => !(path in catalogues))

function leaves(tree: Tree, above = ''): [string, string][] {
  return Object.entries(tree).flatMap(([name, inner]) =>
    typeof inner === 'string' ? [[`${above}${name}`, inner] as [string, string]] : leaves(inner, `${above}${name}.`),
  )
}

/** What is counted here is never one. */
const ALWAYS_MANY = new Set(['freshMany', 'bulkLimit', 'cut', 'option.attempts'])

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'))

/** The path that an import leads to, without its ending. */
function target(from: string, path: string): string {
  if (path.startsWith('@/')) return `/src/${path.slice(2)}`
  return new URL(path, `http://h${from}`).pathname
}

/** Whether the texts of a catalogue may be spoken by a file: it imports them, or is handed them by its own folder. */
function mayUse(source: [string, string], catalogue: string): boolean {
  const [path, text] = source
  const imported = [...text.matchAll(/from '((?:@|\.)[^']*)'/g)].map(([, to]) => target(path, to ?? ''))
  return `${folderOf(path)}/`.startsWith(`${folderOf(catalogue)}/`) || imported.includes(catalogue.replace(/\.ts$/, ''))
}

/** The keys named in a file: whole, and as `t(`kind.${…}`)` names them. */
function namedIn(text: string): { words: Set<string>; patterns: RegExp[] } {
  const words = new Set([...text.matchAll(/(['"`])((?:\w+\.)*\w+)\1/g)].map(([, , word]) => word ?? ''))
  const patterns = [...text.matchAll(/\bte?\(\s*`([^`]*)`/g)].map(([, template]) => {
    const shape = (template ?? '').replaceAll(/\$\{[^}]*\}/g, '*')
    return new RegExp(`^${shape.replaceAll('.', '\\.').replaceAll('*', '[\\w.-]+')}$`)
  })
  return { words, patterns }
}

describe.each(Object.entries(catalogues).map(([path, module]) => [path, Object.values(module)[0] as Catalogue] as const))(
  '%s',
  (path, texts) => {
    const english = new Map(leaves(texts.en))
    const using = sources.filter((source) => mayUse(source, path)).map(([, text]) => namedIn(text))

    it('has the same messages in every language, and each speaks of the same things', () => {
      const things = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
      for (const language of languages) {
        const other = new Map(leaves(texts[language]))
        expect([...other.keys()].sort()).toEqual([...english.keys()].sort())
        for (const [key, text] of other) expect([key, things(text)]).toEqual([key, things(english.get(key) ?? '')])
      }
    })

    it('has no message that nobody speaks', () => {
      const isSpoken = (key: string) => using.some(({ words, patterns }) => words.has(key) || patterns.some((pattern) => pattern.test(key)))
      expect([...english.keys()].filter((key) => !isSpoken(key))).toEqual([])
    })

    it('has a form for one where something is counted', () => {
      const counted = /\{(count|n|limit)\} (further )?(?!is\b)[a-z]+s\b/
      const single = [...english].filter(([, text]) => counted.test(text) && !text.includes('|')).map(([key]) => key)
      expect(single.filter((key) => !ALWAYS_MANY.has(key))).toEqual([])
    })
  },
)

it('every message that is spoken is there', () => {
  const missing = sources.flatMap((source) => {
    const known = Object.keys(catalogues).filter((path) => mayUse(source, path))
    const keys = new Set(known.flatMap((path) => leaves((Object.values(catalogues[path] ?? {})[0] as Catalogue).en).map(([key]) => key)))
    const spoken = [...source[1].matchAll(/[^\w.]te?\(\s*'([^']+)'/g)].map(([, key]) => key ?? '')
    return known.length === 0 ? [] : spoken.filter((key) => !keys.has(key)).map((key) => `${source[0]}: ${key}`)
  })
  expect(missing).toEqual([])
})

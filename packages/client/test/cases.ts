import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** The cases of a folder of `conformance/`, with the file that each stands in. */
export function casesOf<T extends { name: string }>(folder: string): { file: string; name: string; case: T }[] {
  const directory = join(ROOT, 'conformance', folder)
  return readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) =>
      (parse(readFileSync(join(directory, file), 'utf8')) as T[]).map((found) => ({ file, name: found.name, case: found })),
    )
}

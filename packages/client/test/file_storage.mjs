import { readFile, rename, writeFile } from 'node:fs/promises'

export function fileStorage(path) {
  return {
    get: () =>
      readFile(path, 'utf8').then(JSON.parse, (error) => {
        if (error.code === 'ENOENT') return null
        throw error
      }),
    async set(tokens) {
      await writeFile(`${path}.new`, JSON.stringify(tokens), { mode: 0o600, flush: true })
      await rename(`${path}.new`, path)
    },
  }
}

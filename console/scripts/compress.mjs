// Writes a brotli and a gzip variant beside each built file that text compresses well: the server reads them once and never compresses.
import { constants, brotliCompress, gzip } from 'node:zlib'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = new URL('../dist', import.meta.url).pathname
const COMPRESSIBLE = new Set(['.html', '.js', '.mjs', '.css', '.json', '.svg', '.txt', '.webmanifest', '.wasm'])
// Below this, the header of the variant costs about what it saves.
const SMALLEST_BYTES = 1024
const AT_ONCE = 4

const brotliOf = promisify(brotliCompress)
const gzipOf = promisify(gzip)

async function compress(path) {
  const content = await readFile(path)
  if (content.length < SMALLEST_BYTES) return
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }
  const [br, gz] = await Promise.all([brotliOf(content, options), gzipOf(content, { level: 9 })])
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
}

const entries = await readdir(ROOT, { recursive: true, withFileTypes: true })
const paths = entries
  .filter((entry) => entry.isFile() && COMPRESSIBLE.has(extname(entry.name)))
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .filter((path) => !path.includes('/.'))
const waiting = [...paths]
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) await compress(path)
  }),
)

/** What the package costs a page: each entry bundled, minified and gzipped, against its budget. Exit code 1 when one is over it. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
// The helper that loads code later is in the first one; a page that is built has it anyway.
const BUDGETS = { 'src/index.ts': 13_000, 'src/fold.ts': 5_000, 'src/rest/index.ts': 3_500, 'src/sign_in/index.ts': 2_000 } // the last grows by a name and an address with each call that there is
/** What is loaded only where it is needed: streams and polls. */
const LATER_BUDGET = 5_500

const zipped = (chunks) => gzipSync(chunks.map(({ code }) => code ?? '').join('\n'), { level: 9 }).length

async function sizesOf(entry) {
  const built = await build({
    root: here,
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', rollupOptions: { input: join(here, entry), preserveEntrySignatures: 'strict' } },
  })
  const [{ output }] = [built].flat()
  const later = output.filter(({ isDynamicEntry }) => isDynamicEntry)
  return { now: zipped(output.filter((chunk) => !later.includes(chunk))), later: later.length ? zipped(later) : null }
}

function tell(name, size, budget) {
  process.stdout.write(`${name}: ${size} of ${budget} bytes\n`)
  if (size > budget) process.exitCode = 1
}

for (const [entry, budget] of Object.entries(BUDGETS)) {
  const { now, later } = await sizesOf(entry)
  tell(entry, now, budget)
  if (later !== null) tell(`${entry}, where there is no WebSocket`, later, LATER_BUDGET)
}

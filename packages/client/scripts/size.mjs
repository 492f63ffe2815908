/** What the package costs a page: each entry bundled, minified and gzipped, against its budget. Exit code 1 when one is over it. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const BUDGETS = { 'src/index.ts': 12_000, 'src/fold.ts': 5_000, 'src/rest/index.ts': 2_500 }

async function sizeOf(entry) {
  const built = await build({
    root: here,
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', rollupOptions: { input: join(here, entry), preserveEntrySignatures: 'strict' } },
  })
  const [{ output }] = [built].flat()
  return gzipSync(output.map(({ code }) => code ?? '').join('\n'), { level: 9 }).length
}

for (const [entry, budget] of Object.entries(BUDGETS)) {
  const size = await sizeOf(entry)
  process.stdout.write(`${entry}: ${size} of ${budget} bytes\n`)
  if (size > budget) process.exitCode = 1
}

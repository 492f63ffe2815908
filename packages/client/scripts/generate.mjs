/**
 * Writes `src/rest/generated` from the server's own description of its REST interface.
 * `node scripts/generate.mjs` writes it; with `--check` it writes elsewhere, and says whether that differs (exit code 1).
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(dirname(here))
const isCheck = process.argv.includes('--check')
const scratch = mkdtempSync(join(tmpdir(), 'headway-generate-'))
const description = isCheck ? join(scratch, 'openapi.json') : join(here, 'openapi.json')
const generated = isCheck ? join(scratch, 'generated') : join(here, 'src/rest/generated')
const NOTE = '// DO NOT EDIT: written by `npm run generate -w @headway/client` from the routes of src/headway/web.\n\n'

function python() {
  const ours = join(root, '.venv/bin/python')
  return existsSync(ours) ? ours : 'python3'
}

/** `openapi.json` -> one line a call: how it is made, and what goes in and comes out. */
function writeCalls() {
  const { paths } = JSON.parse(readFileSync(description, 'utf8'))
  const calls = Object.entries(paths)
    .flatMap(([path, operations]) => Object.entries(operations).map(([method, { operationId }]) => ({ path, method, name: operationId })))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
  const type = (name) => name[0].toUpperCase() + name.slice(1)
  const lines = [
    "import type * as T from './types.gen'\n",
    '/** What goes into each call and what comes out of it. */',
    'export interface Calls {',
    ...calls.map(({ name }) => `  ${name}: { given: T.${type(name)}Data; answers: T.${type(name)}Responses }`),
    '}\n',
    '/** Method and path of each call. */',
    'export const CALLS = {',
    ...calls.map(({ name, method, path }) => `  ${name}: '${method.toUpperCase()} ${path}',`),
    '} as const\n',
  ]
  writeFileSync(join(generated, 'calls.gen.ts'), NOTE + lines.join('\n'))
}

function isSame(one, other) {
  return existsSync(one) && existsSync(other) && readFileSync(one, 'utf8') === readFileSync(other, 'utf8')
}

try {
  execFileSync(python(), [join(root, 'tools/write_openapi.py'), '--out', description], { stdio: 'inherit', cwd: root })
  execFileSync('npx', ['openapi-ts'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, HEADWAY_OPENAPI: description, HEADWAY_GENERATED: generated },
  })
  rmSync(join(generated, 'index.ts'), { force: true })
  const types = join(generated, 'types.gen.ts')
  writeFileSync(types, NOTE + readFileSync(types, 'utf8').replace(/^\/\/ This file is auto-generated.*\n\n?/, ''))
  writeCalls()
  if (isCheck) {
    const committed = join(here, 'src/rest/generated')
    const stale = readdirSync(generated).filter((name) => !isSame(join(generated, name), join(committed, name)))
    if (!isSame(description, join(here, 'openapi.json'))) stale.push('openapi.json')
    if (stale.length) {
      process.stderr.write(`Out of date: ${stale.join(', ')}. Run \`npm run generate -w @headway/client\`, and commit what it writes.\n`)
      process.exitCode = 1
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

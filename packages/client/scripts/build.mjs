/** Builds the package as it is given away: ES modules for browsers and Node, and their types. `node scripts/build.mjs [directory]`; default: dist. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const here = dirname(dirname(fileURLToPath(import.meta.url)))
const out = resolve(process.argv[2] ?? join(here, 'dist'))
const plain = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))

/** `./fold` is built from what the workspace uses under that name. */
const entries = Object.entries(plain.exports).map(([name, { default: source }]) => ({
  name,
  source,
  file: name === '.' ? 'index' : name.slice(2),
}))

await build({
  root: here,
  configFile: false,
  logLevel: 'error',
  build: {
    outDir: out,
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: Object.fromEntries(entries.map(({ file, source }) => [file, join(here, source)])), formats: ['es'] },
  },
})

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
const types = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', 'src', '--outDir', join(out, 'types')]
execFileSync(process.execPath, [compiler, '-p', here, ...types], { stdio: 'inherit' })

const { name, version, description, license, type, sideEffects } = plain
const exports = Object.fromEntries(
  entries.map(({ name, file, source }) => [
    name,
    { types: source.replace(/^\.\/src\/(.*)\.ts$/, './types/$1.d.ts'), default: `./${file}.js` },
  ]),
)
const given = { name, version, description, license, type, sideEffects, engines: { node: '>=20' }, exports }
writeFileSync(join(out, 'package.json'), `${JSON.stringify(given, null, 2)}\n`)
writeFileSync(join(out, 'README.md'), readFileSync(join(here, 'README.md')))

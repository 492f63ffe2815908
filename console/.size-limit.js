import { existsSync, readFileSync } from 'node:fs'

/** What a page loads before it can be used, as the built manifest tells: the entry, the page's chunk, and all that these import. */
const path = 'dist/.vite/manifest.json'
if (!existsSync(path)) throw new Error('Nothing is built: run `npm run build` first.')
const manifest = JSON.parse(readFileSync(path, 'utf8'))

function gather(...roots) {
  const seen = new Set()
  const visit = (key) => {
    if (seen.has(key)) return
    seen.add(key)
    for (const imported of manifest[key].imports ?? []) visit(imported)
  }
  roots.forEach(visit)
  return [...seen].map((key) => manifest[key])
}

const scripts = (...roots) => gather(...roots).map((chunk) => `dist/${chunk.file}`)
const styles = (...roots) => gather(...roots).flatMap((chunk) => (chunk.css ?? []).map((file) => `dist/${file}`))

export default [
  // What every page needs, and what most share: in few files, since each is a question to the server.
  // Of these 1 kB is what every page needs since there are accounts: whose it is, their time zone, who may give what is lacking.
  // 0.1 kB more with the calls about devices: each call there is has a name and an address in it.
  { name: 'entry: JS', path: scripts('index.html'), limit: '163.1 kB', gzip: true },
  {
    name: 'run page: JS without charts',
    path: scripts('index.html', 'src/pages/RunPage.vue', 'src/features/shell/Shell.vue'),
    // 220 kB and, as above, what accounts need, also in the shell: the account that is followed, and pages for some only.
    // Half a kilobyte more since a run can be shared: the act, and what a guest is not shown.
    // 0.2 kB more with the calls about second factors, a sign-in in two steps, and who may do nothing yet but set one up.
    limit: '222.9 kB',
    gzip: true,
  },
  {
    name: 'run list: JS',
    path: scripts('index.html', 'src/pages/RunsPage.vue', 'src/features/shell/Shell.vue'),
    limit: '220 kB',
    gzip: true,
  },
  { name: 'CSS', path: [...new Set(styles('index.html', 'src/pages/RunPage.vue'))], limit: '34 kB', gzip: true },
]

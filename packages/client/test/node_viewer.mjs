/** Follows a run with the package as it is built, in plain Node, and prints what it was told: `node node_viewer.mjs DIST URL TOKEN RUN`. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [dist, url, token, run] = process.argv.slice(2)
const { Live } = await import(pathToFileURL(join(dist, 'index.js')).href)
const live = new Live({ url, getToken: () => Promise.resolve(token) })
let lines = 0
let ends = 0
live.run(run, {
  onEntries: (first, entries) => {
    if (first !== lines + 1) throw new Error(`Line ${first} came after ${lines}.`)
    lines += entries.length
  },
  onFinished: ({ state, isComplete }) => {
    ends++
    const { transport } = live.status
    live.close()
    // Nothing keeps the process: it ends by itself.
    process.on('exit', () => process.stdout.write(JSON.stringify({ transport, lines, ends, state, isComplete })))
  },
})

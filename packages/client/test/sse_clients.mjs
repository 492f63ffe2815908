// Reads a stream of server-sent events with other people's clients, up to the end of the run, and writes each event's id and data as a line
// of JSON. `node sse_clients.mjs eventsource|eventsource-parser|chromium <server> <channel> <token>`; tests/protocol/test_sse_clients.py
// cuts the connection in between.
import { existsSync } from 'node:fs'

const [name, server, channel, token] = process.argv.slice(2)
const path = `/api/v1/live/sse?channel=${encodeURIComponent(channel)}`
const authorization = { Authorization: `Bearer ${token}` }
const isEnd = (data) => JSON.parse(data).some((message) => message.type === 'finished')
const say = (id, data) => console.log(JSON.stringify({ id, data }))

const clients = {
  // Comes again by itself, with Last-Event-ID.
  async eventsource() {
    const { EventSource } = await import('eventsource')
    const source = new EventSource(server + path, {
      fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...authorization } }),
    })
    await new Promise((resolve, reject) => {
      source.onmessage = (event) => {
        say(event.lastEventId, event.data)
        if (isEnd(event.data)) resolve()
      }
      source.onerror = (event) => {
        if (event.code !== undefined) reject(new Error(`refused with status ${event.code}`))
      }
    })
    source.close()
  },

  // Takes text apart, nothing else: coming again is up to whoever uses it.
  async 'eventsource-parser'() {
    const { createParser } = await import('eventsource-parser')
    let last = ''
    let isOver = false
    while (!isOver) {
      const parser = createParser({
        onEvent(event) {
          last = event.id ?? last
          say(last, event.data)
          isOver ||= isEnd(event.data)
        },
      })
      const answer = await fetch(server + path, { headers: last ? { ...authorization, 'Last-Event-ID': last } : authorization })
      if (!answer.ok) throw new Error(`refused with status ${answer.status}`)
      const text = new TextDecoder()
      try {
        for await (const piece of answer.body) {
          parser.feed(text.decode(piece, { stream: true }))
          if (isOver) break
        }
      } catch (error) {
        if (error.name !== 'TypeError') throw error // "terminated": the line was cut
      }
    }
  },

  // A browser's own: it sends no header, so each connection takes a ticket, and the cursor stands in the address.
  async chromium() {
    const { chromium } = await import('playwright-core')
    const executablePath = process.env.HEADWAY_CHROMIUM ?? '/usr/bin/chromium'
    const browser = await chromium.launch({ ...(existsSync(executablePath) ? { executablePath } : {}), args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      await page.goto(`${server}/api/docs`)
      const heard = await page.evaluate(
        ([path, headers]) =>
          new Promise((resolve, reject) => {
            const events = []
            const open = async (cursor) => {
              const { ticket } = await (await fetch('/api/v1/live/tickets', { method: 'POST', headers })).json()
              const source = new EventSource(`${path}&ticket=${ticket}${cursor ? `&cursor=${cursor}` : ''}`)
              source.onmessage = (event) => {
                events.push([event.lastEventId, event.data])
                if (JSON.parse(event.data).some((message) => message.type === 'finished')) {
                  source.close()
                  resolve(events)
                }
              }
              source.onerror = () => {
                source.close()
                open(events.at(-1)?.[0]).catch(reject)
              }
            }
            open('').catch(reject)
          }),
        [path, authorization],
      )
      for (const [id, data] of heard) say(id, data)
    } finally {
      await browser.close()
    }
  },
}

await clients[name]()

import { describe, expect, it } from 'vitest'

import { createRest } from '../src/rest'

interface Request {
  url: string
  init: RequestInit
}

function answering(...answers: (Response | Error)[]) {
  const asked: Request[] = []
  const fetch = (url: unknown, init: RequestInit = {}) => {
    asked.push({ url: String(url), init })
    const answer = answers.shift() ?? Response.json({})
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
  }
  return { asked, fetch: fetch as typeof globalThis.fetch }
}

const problem = (status: number, said: unknown) =>
  new Response(JSON.stringify(said), { status, headers: { 'content-type': 'application/problem+json' } })

describe('a call', () => {
  it('is made as its description says', async () => {
    const { asked, fetch } = answering(Response.json({ items: [], next_cursor: null, total: null }))
    const rest = createRest({ baseUrl: 'https://h', fetch, getToken: () => Promise.resolve('t') })
    const page = await rest.listRuns({ query: { state: ['running', 'queued'], q: 'a b&c', limit: 10, tag: null } })
    expect(page.items).toEqual([])
    expect(asked[0]?.url).toBe('https://h/api/v1/runs?state=running&state=queued&q=a+b%26c&limit=10')
    expect(asked[0]?.init).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer t' } })
  })

  it('carries body, headers, and names in the path that need care', async () => {
    const { asked, fetch } = answering(Response.json({ id: 'r' }, { status: 201 }), new Response(null, { status: 204 }))
    const rest = createRest({ fetch })
    await rest.startRun({ path: { task: 'a/b:c d' }, body: { parameters: { n: 1 } }, headers: { 'idempotency-key': 'k' } })
    expect(asked[0]?.url).toBe('/api/v1/tasks/a%2Fb%3Ac%20d/runs')
    expect(asked[0]?.init).toMatchObject({
      method: 'POST',
      body: '{"parameters":{"n":1}}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
    })
    expect(await rest.deleteRun({ path: { run: 'r' } })).toBeUndefined()
  })

  it('gives text where the answer is text, and the answer itself when asked', async () => {
    const { fetch } = answering(new Response('one\n', { headers: { 'content-type': 'text/plain' } }), new Response('bytes'))
    const rest = createRest({ fetch })
    expect(await rest.streamLog({ path: { run: 'r' } })).toBe('one\n')
    const response = await rest.raw('fetchArtifact', { path: { run: 'r', artifact: 'a' } })
    expect(await response.text()).toBe('bytes')
  })

  it('sends bytes as they are', async () => {
    const { asked, fetch } = answering()
    const body = new Blob(['x'], { type: 'text/csv' })
    await createRest({ fetch }).addArtifact({ path: { run: 'r' }, query: { name: 'n', fence: 1 }, body } as never)
    expect(asked[0]?.init.body).toBe(body)
  })
})

describe('what goes wrong', () => {
  it('is a problem with code, field and request id', async () => {
    const said = {
      type: 'urn:x',
      title: 'Invalid',
      status: 422,
      detail: 'sheets must be a number.',
      code: 'invalid',
      field: 'sheets',
      request_id: 'q',
      limit: 3,
    }
    const { fetch } = answering(problem(422, said))
    const error: unknown = await createRest({ fetch })
      .listRuns()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      name: 'Problem',
      status: 422,
      code: 'invalid',
      field: 'sheets',
      requestId: 'q',
      message: said.detail,
      said: { limit: 3 },
    })
  })

  it('is a problem also when a proxy answers in its own words', async () => {
    const { fetch } = answering(new Response('<h1>Bad gateway</h1>', { status: 502 }), problem(500, 'text'))
    const rest = createRest({ fetch })
    await expect(rest.listRuns()).rejects.toMatchObject({
      code: 'http_502',
      detail: 'The server answered 502.',
      requestId: null,
      field: null,
    })
    await expect(rest.listRuns()).rejects.toMatchObject({ code: 'http_500' })
  })

  it('is unreachable when there is no answer, or half of one', async () => {
    const half = new Response('{"items": [', { headers: { 'content-type': 'application/json' } })
    const { fetch } = answering(new TypeError('fetch failed'), half)
    const rest = createRest({ fetch })
    await expect(rest.listRuns()).rejects.toMatchObject({ name: 'Unreachable', code: 'unreachable' })
    await expect(rest.listRuns()).rejects.toMatchObject({ name: 'Unreachable' })
  })

  it('is nothing of ours when the caller gave it up', async () => {
    const { fetch, asked } = answering(new DOMException('gone', 'AbortError'))
    const { signal } = new AbortController()
    await expect(createRest({ fetch }).listRuns({ signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(asked[0]?.init.signal).toBe(signal)
  })

  it('is tried once more with a new token when the old one is refused', async () => {
    const { fetch, asked } = answering(
      problem(401, { code: 'token_expired' }),
      Response.json({ items: [] }),
      problem(401, {}),
      problem(401, { code: 'unauthorised' }),
    )
    const why: boolean[] = []
    const getToken = ({ isRefused }: { isRefused: boolean }) => {
      why.push(isRefused)
      return Promise.resolve(`t${why.length}`)
    }
    const rest = createRest({ fetch, getToken })
    await rest.listRuns()
    expect(why).toEqual([false, true])
    expect(asked[1]?.init.headers).toEqual({ authorization: 'Bearer t2' })
    await expect(rest.listRuns()).rejects.toMatchObject({ status: 401, code: 'unauthorised' })
    expect(asked).toHaveLength(4)
  })

  it('is not sent again for a wrong password or code, which would count as another try', async () => {
    for (const code of ['sign_in_refused', 'factor_code_refused']) {
      const { fetch, asked } = answering(problem(401, { code }), Response.json({}))
      const rest = createRest({ fetch, getToken: () => Promise.resolve('t') })
      await expect(rest.proveOneself({ body: { password: 'x' } })).rejects.toMatchObject({ status: 401, code })
      expect(asked).toHaveLength(1)
    }
  })
})

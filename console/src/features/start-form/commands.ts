import type { Json } from '@headway/client'
import type { JsonObject } from './schema'
import type { StartWish } from './wish'

export type CommandKind = 'curl' | 'python' | 'cli'

/** The same start as a command: for a shell with curl, for Python, for our own command line. The token is named, never shown. */
export function commandFor(kind: CommandKind, task: string, wish: StartWish, origin: string): string {
  switch (kind) {
    case 'curl':
      return curl(task, wish, origin)
    case 'python':
      return python(task, wish, origin)
    case 'cli':
      return cli(task, wish)
  }
}

/** A word for a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function curl(task: string, wish: StartWish, origin: string): string {
  const { idempotency_key, ...body } = wish
  return [
    `curl -X POST ${shellWord(`${origin}/api/v1/tasks/${encodeURIComponent(task)}/runs`)}`,
    `-H "Authorization: Bearer $HEADWAY_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    ...(idempotency_key === undefined ? [] : [`-H ${shellWord(`Idempotency-Key: ${idempotency_key}`)}`]),
    `-d ${shellWord(JSON.stringify(body))}`,
  ].join(' \\\n  ')
}

function cli(task: string, wish: StartWish): string {
  const words = ['headway', 'run', shellWord(task)]
  for (const [name, value] of Object.entries(wish.parameters)) words.push('-p', shellWord(`${name}=${asParameter(value)}`))
  if (wish.name !== undefined) words.push('--name', shellWord(wish.name))
  for (const tag of wish.tags ?? []) words.push('--tag', shellWord(tag))
  if (wish.priority !== undefined) words.push('--priority', String(wish.priority))
  if (wish.run_after !== undefined) words.push('--after', shellWord(wish.run_after))
  if (wish.idempotency_key !== undefined) words.push('--idempotency-key', shellWord(wish.idempotency_key))
  return words.join(' ')
}

/** A value as `-p` reads it: text as it is, an `@` doubled, for one alone would name a file. */
function asParameter(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return value.startsWith('@') ? `@${value}` : value
}

function python(task: string, wish: StartWish, origin: string): string {
  const options: string[] = []
  if (wish.name !== undefined) options.push(`name=${literal(wish.name)}`)
  if (wish.tags !== undefined) options.push(`tags=${literal(wish.tags)}`)
  if (wish.priority !== undefined) options.push(`priority=${String(wish.priority)}`)
  if (wish.run_after !== undefined) options.push(`run_after=datetime.fromisoformat(${literal(wish.run_after)})`)
  if (wish.queue !== undefined) options.push(`queue=${literal(wish.queue)}`)
  if (wish.project !== undefined) options.push(`project=${literal(wish.project)}`)
  if (wish.idempotency_key !== undefined) options.push(`idempotency_key=${literal(wish.idempotency_key)}`)
  const given = [literal(task), literal(wish.parameters), ...options]
  return [
    ...(wish.run_after === undefined ? [] : ['from datetime import datetime', '']),
    'import headway',
    '',
    `with headway.Client(${literal(origin)}) as client:`,
    `    run = client.start(${given.join(', ')})`,
    '    print(run.id)',
  ].join('\n')
}

/** A value as Python writes it. JSON's escapes of text are Python's too. */
function literal(value: Json | JsonObject): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'object') {
    if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(', ')}]`
    return `{${Object.entries(value)
      .map(([name, item]) => `${JSON.stringify(name)}: ${literal(item)}`)
      .join(', ')}}`
  }
  return JSON.stringify(value)
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const python = process.env['HEADWAY_PYTHON'] ?? join(root, '.venv/bin/python')
const source = join(root, 'src')
const usualTasks = fileURLToPath(new URL('tasks.py', import.meta.url))

export interface StartedRun {
  id: string
  state: string
}

interface Ready {
  url: string
  sign_in_url: string
}

/** A Headway of its own: server, worker, store in a directory that goes with it. */
export class HeadwayServer {
  private constructor(
    readonly url: string,
    readonly home: string,
    private process: ChildProcess,
    private readonly options: ServerOptions,
  ) {}

  static async start(options: ServerOptions = {}): Promise<HeadwayServer> {
    if (!existsSync(join(root, 'console/dist/index.html'))) throw new Error('The console is not built: npm run build -w console')
    const home = await mkdtemp(join(tmpdir(), 'headway-e2e-'))
    const { process, ready } = await launch(home, options, 0)
    return new HeadwayServer(ready.url, home, process, options)
  }

  /** Everything dies at once, as when the machine loses its power. */
  async kill(): Promise<void> {
    // Each process leads a group of its own, and a worker that merely lost its launcher would finish its runs first.
    for (const pid of await processesOf(this.home)) process.kill(pid, 'SIGKILL')
    await end(this.process, 'SIGKILL')
  }

  /** The same installation again, at the same address. */
  async restart(): Promise<void> {
    this.process = (await launch(this.home, this.options, Number(new URL(this.url).port))).process
  }

  async stop(): Promise<void> {
    await end(this.process, 'SIGTERM')
    await rm(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }

  /** A request with the installation's own token. Throws with the answer's text where it is not a success. */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { token } = JSON.parse(await readFile(join(this.home, 'connection.json'), 'utf8')) as { token: string }
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  /** A fresh sign-in link, good once; `to`: where it leads. */
  async signInLink(to?: string): Promise<string> {
    return (await this.request<{ url: string }>('POST', '/sign-in-links', to ? { to } : {})).url
  }

  start(task: string, parameters: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<StartedRun> {
    return this.request('POST', `/tasks/${task}/runs`, { parameters, ...more })
  }

  run(id: string): Promise<StartedRun> {
    return this.request('GET', `/runs/${id}`)
  }

  /** Tell everybody something. Its id. */
  async notify(title: string, level: 'info' | 'warning' | 'error' = 'info'): Promise<string> {
    return (await this.request<{ id: string }>('POST', '/notices', { title, level, expires_in: 600 })).id
  }

  async withdraw(notice: string): Promise<void> {
    await this.request('DELETE', `/notices/${notice}`)
  }
}

/** Ids of the processes of the installation in `home` whose command line names `part`. */
export async function processesOf(home: string, part = 'headway'): Promise<number[]> {
  const found: number[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [command = '', environment = ''] = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    )
    if (command.includes(part) && environment.split('\0').includes(`HEADWAY_HOME=${home}`)) found.push(Number(pid))
  }
  return found
}

export interface ServerOptions {
  /** Files with tasks; usual: `tasks.py` beside this. */
  tasks?: string[]
  env?: Record<string, string>
  /** The code that is run; usual: `src` of this tree. */
  source?: string
}

async function launch(home: string, options: ServerOptions, port: number): Promise<{ process: ChildProcess; ready: Ready }> {
  const tasks = options.tasks ?? [usualTasks]
  const path = options.env?.['PYTHONPATH'] ?? process.env['PYTHONPATH']
  // A directory of its own: no pyproject.toml there may bring tasks with it.
  const child = spawn(
    python,
    ['-m', 'headway.cli.main', 'serve', '--json', '--port', String(port), '--children', '2', '--tasks', ...tasks],
    {
      cwd: home,
      // The tree that the tests stand in comes first: what is installed may be another one.
      env: {
        ...process.env,
        HEADWAY_HOME: home,
        ...options.env,
        PYTHONPATH: [options.source ?? source, path].filter(Boolean).join(delimiter),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // One group for launcher, server and worker, so that all of them end together.
      detached: true,
    },
  )
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + String(chunk)).slice(-4000)))
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('"url"')) return { process: child, ready: JSON.parse(line) as Ready }
  }
  throw new Error(`The server did not start: ${complaints}`)
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  if (signal === 'SIGKILL') process.kill(-child.pid, signal)
  else child.kill(signal)
  const patience = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 15_000)
  await ended
  clearTimeout(patience)
}

/** `headway serve` in a process and a home of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'

import { createRest, type Rest } from '../src/rest'
import { ROOT } from './cases'

const PYTHON = join(ROOT, '.venv/bin/python')
/** Without it there is no server to test with. */
export const IS_THERE = existsSync(PYTHON)
/** A server starts in a second, and on a machine with much else to do in half a minute. */
export const PATIENCE = 120_000

export class Serving {
  readonly home = mkdtempSync(join(tmpdir(), 'headway-client-'))
  private process: ChildProcess | null = null

  get pid(): number {
    return this.process?.pid ?? 0
  }

  async start(): Promise<{ url: string; token: string; rest: Rest }> {
    this.process = spawn(PYTHON, ['-m', 'headway.cli.main', 'serve'], {
      cwd: ROOT,
      env: {
        ...process.env,
        HEADWAY_HOME: this.home,
        HEADWAY_PORT: '0',
        HEADWAY_TASKS: 'tests.acceptance.ways_tasks',
        PYTHONPATH: `${join(ROOT, 'src')}:${ROOT}`,
      },
      stdio: 'ignore',
    })
    await vi.waitFor(() => this.connection(), { timeout: PATIENCE, interval: 100 })
    const { url, token } = this.connection()
    const rest = createRest({ baseUrl: url, getToken: () => Promise.resolve(token) })
    await vi.waitFor(async () => expect((await rest.listTasks()).items.length).toBeGreaterThan(0), { timeout: PATIENCE, interval: 200 })
    return { url, token, rest }
  }

  async stop(): Promise<void> {
    const { process: serve } = this
    if (serve) {
      const ended = new Promise((resolve) => serve.once('exit', resolve))
      serve.kill('SIGINT')
      await ended
    }
    rmSync(this.home, { recursive: true, force: true })
  }

  private connection(): { url: string; token: string } {
    return JSON.parse(readFileSync(join(this.home, 'connection.json'), 'utf8')) as { url: string; token: string }
  }
}

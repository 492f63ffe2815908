/** The ways to the server for whom there is no WebSocket. Loaded only where they are needed. */

import type { Transport } from '../choice'
import type { Socket } from '../socket'
import { EventStreamSocket } from './event_stream'
import type { Place } from './one_way_socket'
import { PollSocket } from './polling'

export function openOneWay(transport: Exclude<Transport, 'websocket'>, place: Place): Socket {
  return transport === 'sse' ? new EventStreamSocket(place) : new PollSocket(place)
}

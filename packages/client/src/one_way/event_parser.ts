/** Reads server-sent events from pieces of text (the HTML standard, section 9.2.6), as far as we need them: data and id. */
export class EventParser {
  private rest = ''
  private data: string[] = []
  private id = ''
  private wasReturn = false

  constructor(private readonly onEvent: (data: string, id: string) => void) {}

  /** An event that is not complete when the stream ends is none. */
  feed(text: string): void {
    if (!text) return
    // A piece may end between the two halves of a line's end.
    if (this.wasReturn && text.startsWith('\n')) text = text.slice(1)
    this.wasReturn = text.endsWith('\r')
    const lines = text.split(/\r\n|\n|\r/)
    lines[0] = this.rest + lines[0]
    this.rest = lines.pop() ?? ''
    for (const line of lines) this.line(line)
  }

  private line(line: string): void {
    if (line) return this.field(line)
    if (this.data.length) this.onEvent(this.data.join('\n'), this.id)
    this.data = []
  }

  private field(line: string): void {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'data') this.data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.id = value
  }
}

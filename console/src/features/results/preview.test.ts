import { describe, expect, it } from 'vitest'

import { PREVIEW_BYTES, previewOf, TEXT_SHOWN } from './preview'

const show = (name: string, media_type: string, content: string | Uint8Array<ArrayBuffer>, size_bytes = content.length) =>
  previewOf({ name, media_type, size_bytes }, () => Promise.resolve(new Blob([content])))

describe('previews of files', () => {
  it('shows pages and drawings as their source', async () => {
    const html = '<script>alert(1)</script>'
    expect(await show('a.html', 'text/html', html)).toEqual({ kind: 'text', text: html, isCut: false, isSource: true })
    expect(await show('a.svg', 'image/svg+xml', '<svg onload="x()"/>')).toMatchObject({ kind: 'text', isSource: true })
    expect(await show('a.html', 'text/plain; charset=utf-8', html)).toMatchObject({ kind: 'text', isSource: true })
  })

  it('makes a picture only of what is called one, with a type of ours', async () => {
    const preview = await show('a.png', 'IMAGE/PNG', new Uint8Array([137, 80]))
    if (preview.kind !== 'image') expect.fail()
    expect((await (await fetch(preview.url)).blob()).type).toBe('image/png')
    URL.revokeObjectURL(preview.url)
  })

  it('reads tables and JSON, and falls back to text', async () => {
    expect(await show('marks.csv', 'text/csv', 'name,marks\nAnna,12\nBen,007')).toEqual({
      kind: 'table',
      columns: ['name', 'marks'],
      rows: [
        { name: 'Anna', marks: 12 },
        { name: 'Ben', marks: '007' },
      ],
    })
    expect(await show('a.csv', 'text/csv', 'x,x,\n1,2,3')).toMatchObject({ columns: ['x', 'x (2)', '(3)'] })
    expect(await show('a.json', 'application/json', '{"a":1}')).toEqual({ kind: 'tree', value: { a: 1 } })
    expect(await show('a.json', 'application/json', '{broken')).toMatchObject({ kind: 'text' })
  })

  it('fetches nothing that it will not show', async () => {
    const never = () => Promise.reject(new Error('fetched'))
    expect(await previewOf({ name: 'a.bin', media_type: 'application/octet-stream', size_bytes: 5 }, never)).toEqual({ kind: 'none' })
    expect(await previewOf({ name: 'a.txt', media_type: 'text/plain', size_bytes: PREVIEW_BYTES + 1 }, never)).toEqual({ kind: 'tooLarge' })
  })

  it('cuts a long text', async () => {
    expect(await show('a.txt', 'text/plain', 'x'.repeat(TEXT_SHOWN + 1))).toMatchObject({ isCut: true })
  })
})

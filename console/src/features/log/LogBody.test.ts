import './log.css'

import type { Entry } from '@headway/client'
import { describe, expect, it, vi } from 'vitest'
import { render } from 'vitest-browser-vue'
import { defineComponent, h, reactive, ref } from 'vue'

import { Log } from '@/live/log'

import LogBody from './LogBody.vue'

/** Pictures come late on a busy machine. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000 })

const entry = (line: number, more: Partial<Entry> = {}): Entry => ({
  kind: 'log.written',
  at: new Date(Date.UTC(2026, 10, 22, 9, 30) + line * 10).toISOString(),
  seq: line,
  line,
  attempt: 1,
  level: 'info',
  text: `line number ${line}`,
  ...more,
})
const entries = (from: number, to: number): Entry[] => Array.from({ length: to - from + 1 }, (_, at) => entry(from + at))

const usual = {
  only: null,
  known: null,
  startedAt: Date.UTC(2026, 10, 22, 9, 30),
  time: 'absolute' as 'absolute' | 'relative' | 'delta',
  isWrapping: false,
  isLive: true,
  picked: null,
  current: null as number | null,
  matchesOf: null,
  hits: [],
  errors: [],
  warnings: [],
  stepName: (_: number, step: string) => step,
}

type Props = { -readonly [K in keyof typeof usual]: (typeof usual)[K] | number[] | null | boolean }

function open(log: Log, more: Partial<Props> = {}) {
  const props = reactive({ ...usual, ...more })
  const body = ref<InstanceType<typeof LogBody> | null>(null)
  const picked: [number, boolean][] = []
  const Frame = defineComponent(
    () => () =>
      h('div', { style: 'height: 400px; width: 900px; display: flex' }, [
        h(LogBody, {
          ...(props as typeof usual),
          log,
          ref: body,
          onPick: (line: number, isExtended: boolean) => picked.push([line, isExtended]),
        }),
      ]),
  )
  const screen = render(Frame)
  const scroller = (): HTMLElement => screen.container.querySelector<HTMLElement>('[role=log]') ?? expect.fail('no log')
  const lines = (): number[] => [...screen.container.querySelectorAll('.log-number')].map((one) => Number(one.textContent))
  return { props, body, picked, screen, scroller, lines }
}

describe('a log of any length', () => {
  it('opens at its end, with few rows in the page', async () => {
    const log = new Log((from, to) => Promise.resolve(entries(from, to)))
    log.know(1_000_000)
    const { lines, scroller } = open(log)
    await eventually(() => {
      expect(lines().at(-1)).toBe(1_000_000)
    })
    expect(lines().length).toBeLessThan(120)
    await eventually(() => {
      expect(scroller().textContent).toContain('line number 1000000')
    })
  })

  it('goes to any line, and shows what is loaded then', async () => {
    const log = new Log((from, to) => Promise.resolve(entries(from, to)))
    log.know(1_000_000)
    const { body, scroller, lines } = open(log)
    await eventually(() => {
      expect(lines().at(-1)).toBe(1_000_000)
    })
    body.value?.showLine(123_456)
    await eventually(() => {
      expect(scroller().textContent).toContain('line number 123456')
    })
    const row = [...scroller().querySelectorAll('.log-row')].find((one) => one.textContent?.includes('line number 123456'))
    const [seen, box] = [row?.getBoundingClientRect(), scroller().getBoundingClientRect()]
    expect(seen && seen.top >= box.top && seen.bottom <= box.bottom).toBe(true)
  })

  it('follows, stops when a person scrolls up, and goes on at the end', async () => {
    const log = new Log(() => Promise.resolve([]))
    log.add(1, entries(1, 300))
    const { body, scroller, lines } = open(log)
    await eventually(() => {
      expect(lines().at(-1)).toBe(300)
    })
    log.add(301, entries(301, 400))
    await eventually(() => {
      expect(lines().at(-1)).toBe(400)
    })
    scroller().dispatchEvent(new WheelEvent('wheel', { deltaY: -200 }))
    scroller().scrollTop -= 200
    await eventually(() => {
      expect(body.value?.state.phase).toBe('held')
    })
    const top = scroller().scrollTop
    log.add(401, entries(401, 900))
    await eventually(() => {
      expect(scroller().scrollHeight).toBe(900 * 20)
    })
    expect(scroller().scrollTop).toBe(top)
    scroller().scrollTop = scroller().scrollHeight
    await eventually(() => {
      expect(body.value?.state.phase).toBe('following')
    })
  })

  it('keeps what is read in its place when rows above grow', async () => {
    const log = new Log(() => Promise.resolve([]))
    log.add(
      1,
      entries(1, 200).map((one) => (one.line % 2 ? { ...one, text: 'wide '.repeat(200) } : one)),
    )
    const { props, body, scroller, lines } = open(log)
    await eventually(() => {
      expect(lines().at(-1)).toBe(200)
    })
    props.isWrapping = true
    body.value?.showLine(100)
    await eventually(() => {
      const row = scroller().querySelector('[data-row="99"]')?.getBoundingClientRect()
      const box = scroller().getBoundingClientRect()
      expect(row && row.top - box.top).toBeGreaterThanOrEqual(-1)
      expect(row && row.top - box.bottom).toBeLessThan(0)
    })
    expect(scroller().scrollWidth).toBeLessThanOrEqual(scroller().clientWidth + 1)
  })

  it('shows nothing of what tries to be more than text', async () => {
    const log = new Log(() => Promise.resolve([]))
    const esc = String.fromCharCode(27)
    log.add(1, [
      entry(1, { text: '<script>window.pwned = 1</script><img src=x onerror="window.pwned = 1">' }),
      entry(2, { text: `${esc}]8;;javascript:alert(1)${esc}\\click${esc}]8;;${esc}\\` }),
      entry(3, { text: 'user\u202egpj.exe \u0000' }),
      entry(4, { text: 'x'.repeat(1_000_000) }),
    ])
    const { scroller, screen } = open(log)
    await eventually(() => {
      expect(scroller().textContent).toContain('<script>')
    })
    expect(scroller().querySelector('script, img')).toBeNull()
    expect([...scroller().querySelectorAll('.log-text a')]).toEqual([])
    expect(scroller().textContent).toContain('⟨U+202E⟩')
    expect(scroller().textContent).toContain('␀')
    expect(scroller().textContent?.length).toBeLessThan(10_000)
    await screen.getByRole('button', { name: 'Details of line 4' }).click()
    await screen.getByRole('button', { name: /Show all/ }).click()
    expect(scroller().textContent?.length).toBeGreaterThan(1_000_000)
  })

  it('lets lines be picked, and numbers are no part of a copy', async () => {
    const log = new Log(() => Promise.resolve([]))
    log.add(1, entries(1, 30))
    const { picked, screen, lines, scroller } = open(log)
    await eventually(() => {
      expect(lines().length).toBeGreaterThan(0)
    })
    await screen.getByRole('link', { name: '29', exact: true }).click()
    await screen.getByRole('link', { name: '30', exact: true }).click({ modifiers: ['Shift'] })
    expect(picked).toEqual([
      [29, false],
      [30, true],
    ])
    const selection = getSelection()
    selection?.selectAllChildren(scroller())
    expect(selection?.toString().split('\n').filter(Boolean)[0]).toMatch(/^line number \d+$/)
  })

  it('tells a silence, the time of three kinds, and entries of other kinds in words', async () => {
    const log = new Log(() => Promise.resolve([]))
    const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 9, 30, second)).toISOString()
    log.add(1, [
      entry(1, { kind: 'step.started', at: at(0), step: 's', name: 'load' }),
      entry(2, { at: at(1), text: 'one' }),
      entry(3, { at: at(135), text: 'two', level: 'error' }),
      entry(4, { kind: 'sheet.scanned', at: at(136), sheet: 7 }),
    ])
    const { props, screen, scroller } = open(log)
    await expect.element(screen.getByText('2m 14s silent')).toBeVisible()
    await expect.element(screen.getByText('Step load started')).toBeVisible()
    expect(scroller().textContent).toContain('sheet.scanned')
    props.time = 'delta'
    await expect.element(screen.getByText('+1.000').first()).toBeVisible()
    props.time = 'relative'
    await expect.element(screen.getByText('+2m 16s')).toBeVisible()
  })
})
